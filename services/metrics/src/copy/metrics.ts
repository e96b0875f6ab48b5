import type { CopyTotals } from '@pokepedia/storage'
import { Gauge, type Registry } from 'prom-client'

const runGauges = (registers: Registry[]) => ({
  started: new Gauge({
    name: 'pokepedia_run_last_started_timestamp_seconds',
    help: 'When the newest run was started; absent before the first',
    registers,
  }),
  completed: new Gauge({
    name: 'pokepedia_run_last_completed_timestamp_seconds',
    help: 'When a run last ended that was neither cancelled nor failed; absent before the first',
    registers,
  }),
})

const copyGauges = (registers: Registry[]) => ({
  resources: new Gauge({
    name: 'pokepedia_resources',
    help: 'Stored documents; those gone upstream are kept and marked',
    labelNames: ['resource_type', 'status'] as const,
    registers,
  }),
  expected: new Gauge({
    name: 'pokepedia_resources_expected',
    help: 'Resources that the upstream listed when a run last took the whole type',
    labelNames: ['resource_type'] as const,
    registers,
  }),
  oldest: new Gauge({
    name: 'pokepedia_resource_oldest_fetch_timestamp_seconds',
    help: 'When the resource of the type was asked for whose last request is longest ago; without those gone',
    labelNames: ['resource_type'] as const,
    registers,
  }),
  assets: new Gauge({
    name: 'pokepedia_assets',
    help: 'Media files that are stored, and those that were and are gone upstream',
    labelNames: ['status'] as const,
    registers,
  }),
})

const secondsOf = (at: Date): number => at.getTime() / 1_000

/** Declares the metrics of the whole copy; returns what takes each reading. */
export const createCopyMetrics = (registry: Registry): ((totals: CopyTotals) => void) => {
  const { resources, expected, oldest, assets } = copyGauges([registry])
  const { started, completed } = runGauges([registry])
  // prom-client bears a gauge without labels as 0, which would be the year 1970.
  for (const gauge of [started, completed]) gauge.remove()
  return (totals) => {
    for (const gauge of [resources, expected, oldest]) gauge.reset()
    for (const { resourceType, status, count, oldestCheckAt } of totals.resources) {
      resources.set({ resource_type: resourceType, status }, count)
      if (status === 'present' && oldestCheckAt) oldest.set({ resource_type: resourceType }, secondsOf(oldestCheckAt))
    }
    for (const { resourceType, count } of totals.expected) expected.set({ resource_type: resourceType }, count)
    for (const status of ['stored', 'gone'] as const)
      assets.set({ status }, totals.assets.find((row) => row.status === status)?.count ?? 0)
    const { startedAt, completedAt } = totals.runs
    if (startedAt) started.set(secondsOf(startedAt))
    if (completedAt) completed.set(secondsOf(completedAt))
  }
}
