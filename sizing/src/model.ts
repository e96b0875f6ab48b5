import { type Limit, limitOf, type Rates, ratesAt } from './rates.ts'

/** What one event of a queue costs. */
export interface EventCost {
  /** CPU seconds of the service's process; it uses one core at most. */
  readonly serviceCpu: number
  /** CPU seconds of Postgres. */
  readonly postgresCpu: number
  /** Seconds from the request to its answer, which an event spends in one of its instance's places. */
  readonly latency: number
  /** Requests that the upstream's host gets. */
  readonly requests: number
}

/** A deployment and the work of one full sync. */
export interface Scenario {
  /** Documents: events of the first queue. */
  readonly resources: number
  /** Events of the second queue for each document. */
  readonly imagesPerResource: number
  /** Instances of each of the two consumers. */
  readonly instances: number
  /** Partitions of each queue. */
  readonly partitions: number
  /** CONSUMER_CONCURRENCY: places of an instance. */
  readonly concurrency: number
  /** What HOST_BUDGETS allows a second; Infinity for a host of one's own. */
  readonly documentBudget: number
  readonly imageBudget: number
  /** Cores that Postgres has. */
  readonly postgresCores: number
  /** Events a second that the seeders write; one run is written by one of them. */
  readonly seedRate: number
  readonly document: EventCost
  readonly image: EventCost
}

/** A stretch of time in which nothing changes its pace. */
export interface Phase {
  readonly seconds: number
  readonly rates: Rates
  /** At its end: events that were written, and that came to an end. */
  readonly after: State
}

/** How far the two queues are. Images are written as their documents are done. */
export interface State {
  readonly seeded: number
  readonly documentsDone: number
  readonly imagesWritten: number
  readonly imagesDone: number
}

/** What came of a sync. */
export interface Outcome {
  readonly seconds: number
  readonly phases: readonly Phase[]
  /** Seconds that an event waits at most, which retention has to cover. */
  readonly longestWait: number
  /** What bounds each queue. */
  readonly documentLimit: Limit
  readonly imageLimit: Limit
}

/** Fewer events than this are none: what is left over by floating point. */
const none = (total: number): number => total * 1e-9

/** Seconds until a number that changes by `rate` reaches its goal; Infinity when it never does. */
const until = (left: number, rate: number): number => (rate > 0 && left > 0 ? left / rate : Number.POSITIVE_INFINITY)

const advance = (state: State, { seeding, documents, images }: Rates, seconds: number, scenario: Scenario): State => {
  const near = (value: number, goal: number): number => (goal - value < none(goal) ? goal : value)
  const seeded = near(state.seeded + seeding * seconds, scenario.resources)
  const documentsDone = near(Math.min(seeded, state.documentsDone + documents * seconds), seeded)
  const imagesWritten = documentsDone * scenario.imagesPerResource
  const imagesDone = near(Math.min(imagesWritten, state.imagesDone + images * seconds), imagesWritten)
  return { seeded, documentsDone, imagesWritten, imagesDone }
}

/** The next moment at which a pace changes: a queue has no more to come, or none waiting. */
const nextChange = (state: State, rates: Rates, { resources, imagesPerResource }: Scenario): number =>
  Math.min(
    until(resources - state.seeded, rates.seeding),
    until(state.seeded - state.documentsDone, rates.documents - rates.seeding),
    until(state.imagesWritten - state.imagesDone, rates.images - rates.documents * imagesPerResource),
  )

/**
 * One full sync as three flows: a seeder writes events, ingestors work them off and write events for images, sprite
 * fetchers work those off. Between two moments at which a queue begins or ceases to wait, every pace is constant, so the
 * simulation jumps from one to the next. Left out: failures, rebalances, the tail of single events.
 */
export const simulate = (scenario: Scenario): Outcome => {
  let state: State = { seeded: 0, documentsDone: 0, imagesWritten: 0, imagesDone: 0 }
  const images = scenario.resources * scenario.imagesPerResource
  const phases: Phase[] = []
  const reached = { seeded: 0, documents: 0 }
  let now = 0
  while (state.documentsDone < scenario.resources || state.imagesDone < images) {
    const rates = ratesAt(state, scenario)
    const seconds = nextChange(state, rates, scenario)
    if (!Number.isFinite(seconds)) throw new Error('nothing moves: a budget, a number of instances or a rate is 0')
    state = advance(state, rates, seconds, scenario)
    now += seconds
    phases.push({ seconds, rates, after: state })
    if (state.seeded < scenario.resources) continue
    reached.seeded ||= now
    if (state.documentsDone === scenario.resources) reached.documents ||= now
  }
  // The last event of a queue has waited longest: a wait grows as long as more is written than worked off.
  const longestWait = Math.max(reached.documents - reached.seeded, now - reached.documents)
  return {
    seconds: now,
    phases,
    longestWait,
    documentLimit: limitOf(scenario, 'document'),
    imageLimit: limitOf(scenario, 'image'),
  }
}
