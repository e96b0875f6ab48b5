import type { Workload } from '../workload.ts'
import { draining } from './backlog.ts'
import { changing } from './changed.ts'
import { idling } from './idle.ts'
import { importing } from './import.ts'
import { withInstances } from './instances.ts'
import { readingLag } from './lag.ts'
import { withLatency } from './latency.ts'
import { withMedia } from './media.ts'
import { resyncing } from './resync.ts'
import { growing } from './size.ts'
import { starting } from './start.ts'
import { syncing } from './sync.ts'
import { takingOver } from './takeover.ts'

/** Every workload, in the order of `all`. */
export const WORKLOADS: readonly Workload[] = [
  syncing,
  resyncing,
  changing,
  withLatency,
  withMedia,
  idling,
  starting,
  takingOver,
  withInstances,
  growing,
  draining,
  readingLag,
  importing,
]
