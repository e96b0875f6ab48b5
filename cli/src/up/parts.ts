import { setTimeout as wait } from 'node:timers/promises'
import type { LocalStack } from '@pokepedia/stack'
import { SERVICE_NAMES, type ServiceName } from '../stack-json.ts'
import { signalGroup } from './pids.ts'
import type { ServiceProcess } from './service-process.ts'

export const PROCESS_NAMES = [...SERVICE_NAMES, 'sample'] as const
export type ProcessName = ServiceName | 'sample'

/** What of a deployment has been started so far. */
export interface Parts {
  stack?: LocalStack
  readonly processes: Map<ProcessName, ServiceProcess>
}

/** Together 15 s. Services drain for up to 8 s by contract. */
const SERVICES_STOP_MS = 9_000
const SAMPLE_STOP_MS = 1_000
const STACK_STOP_MS = 4_500

const stopProcesses = async (parts: Parts, names: readonly ProcessName[], graceMs: number): Promise<void> => {
  await Promise.all(names.map((name) => parts.processes.get(name)?.stop(graceMs)))
}

const killStack = (stack: LocalStack | undefined): void => {
  for (const pid of Object.values(stack?.pids ?? {})) signalGroup(pid, 'SIGKILL')
}

/** Stops the services (told in the order of the pipeline), then the sample upstream, then the stack. */
export const stopParts = async (parts: Parts): Promise<void> => {
  await stopProcesses(parts, SERVICE_NAMES, SERVICES_STOP_MS)
  await stopProcesses(parts, ['sample'], SAMPLE_STOP_MS)
  const stopped = parts.stack?.stop()
  const isLate = await Promise.race([stopped?.then(() => false), wait(STACK_STOP_MS, true, { ref: false })])
  if (isLate) killStack(parts.stack)
  await stopped
}

/** Ends everything at once. */
export const killParts = (parts: Parts): void => {
  for (const process of parts.processes.values()) process.kill()
  killStack(parts.stack)
}

/** The pids of everything that runs, by name. */
export const pidsOf = (parts: Parts): Record<string, number> => ({
  ...parts.stack?.pids,
  ...Object.fromEntries([...parts.processes].map(([name, { pid }]) => [name, pid])),
})
