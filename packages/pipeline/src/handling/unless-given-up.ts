import { HEADER, type RunId } from '@pokepedia/events'
import type { Handler } from '../types.ts'

/**
 * A handler that leaves the events of cancelled and failed runs undone (`discarded`); their ledger entries were settled
 * when the run ended. What a redrive sends is wanted whatever became of its run.
 */
export const unlessGivenUp =
  <Event extends { readonly runId: RunId | null }>(
    handler: Handler<Event>,
    isGivenUp: (runId: RunId) => Promise<boolean>,
  ): Handler<Event> =>
  async (event, context) => {
    const isRedriven = context.delivery.headers[HEADER.redriveId] !== undefined
    if (event.runId !== null && !isRedriven && (await isGivenUp(event.runId))) return 'discarded'
    return handler(event, context)
  }
