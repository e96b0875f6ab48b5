import { ingestQueue } from '@pokepedia/events'
import type { Run, RunWithProgress } from './runs.ts'

/** A run as `GET /v1/runs` lists it; `types` are those asked for, else those found so far. */
export const runView = ({
  id,
  state,
  trigger,
  request,
  startedAt,
  finishedAt,
  failure,
  schedule,
  traceparent,
  counts,
  byType,
}: RunWithProgress) => ({
  id,
  state,
  trigger,
  startedAt: startedAt.toISOString(),
  finishedAt: finishedAt?.toISOString() ?? null,
  types: request.types ?? Object.keys(byType[ingestQueue.name] ?? {}).sort(),
  counts,
  schedule,
  traceparent,
  ...(failure === null ? {} : { failure }),
})

/**
 * A run as `GET /v1/runs/:id` shows it: also what was asked for, how many resources were left out as fresh, and the
 * counts of each resource type.
 */
export const runDetails = (run: RunWithProgress) => ({
  ...runView(run),
  request: run.request,
  fresh: run.fresh,
  byType: run.byType,
})

/** The answer to a request to seed. */
export const seedView = ({ id, state, trigger, startedAt, request, traceparent }: Run) => ({
  runId: id,
  state,
  trigger,
  startedAt: startedAt.toISOString(),
  request,
  traceparent,
})
