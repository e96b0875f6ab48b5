import type { Scenario, State } from './model.ts'

/** Events a second. */
export interface Rates {
  readonly seeding: number
  readonly documents: number
  readonly images: number
}

/** What a queue can't exceed. */
export type Limit = 'budget' | 'CPU' | 'places' | 'Postgres' | 'seeder' | 'documents'
type Queue = 'document' | 'image'

/** Turns lie 1/(0.8 × budget) apart: docs/decisions/008-host-budgets.md. */
const USED_OF_BUDGET = 0.8

/** Events a second that each limit allows a queue alone. A partition has one reader, so more instances than those idle. */
const boundsOf = (scenario: Scenario, queue: Queue): readonly (readonly [Limit, number])[] => {
  const { instances, partitions, concurrency, postgresCores } = scenario
  const { serviceCpu, postgresCpu, latency, requests } = scenario[queue]
  const readers = Math.min(instances, partitions)
  const budget = queue === 'document' ? scenario.documentBudget : scenario.imageBudget
  return [
    ['budget', requests === 0 ? Number.POSITIVE_INFINITY : (budget * USED_OF_BUDGET) / requests],
    ['CPU', readers / serviceCpu],
    ['places', (readers * concurrency) / latency],
    ['Postgres', postgresCores / postgresCpu],
  ]
}

const capacityOf = (scenario: Scenario, queue: Queue): number =>
  Math.min(...boundsOf(scenario, queue).map(([, rate]) => rate))

/** What no queue gets past on average: what is written into it. */
const inflowOf = (scenario: Scenario, queue: Queue): readonly [Limit, number] =>
  queue === 'document'
    ? ['seeder', scenario.seedRate]
    : ['documents', Math.min(scenario.seedRate, capacityOf(scenario, 'document')) * scenario.imagesPerResource]

/** The limit that binds a queue which has Postgres for itself: its slowest resource, or what is written into it. */
export const limitOf = (scenario: Scenario, queue: Queue): Limit =>
  [...boundsOf(scenario, queue), inflowOf(scenario, queue)].reduce((least, bound) =>
    bound[1] < least[1] ? bound : least,
  )[0]

/**
 * The pace of each flow: its capacity while events wait, what comes in while none do. Of Postgres documents take what
 * they can use and images what is left; which of them goes first does not change when both are done.
 */
export const ratesAt = (state: State, scenario: Scenario): Rates => {
  const { resources, imagesPerResource, seedRate, postgresCores, document, image } = scenario
  const seeding = state.seeded < resources ? seedRate : 0
  const isWaiting = { documents: state.documentsDone < state.seeded, images: state.imagesDone < state.imagesWritten }
  const documents = Math.min(capacityOf(scenario, 'document'), isWaiting.documents ? Number.POSITIVE_INFINITY : seeding)
  const written = documents * imagesPerResource
  const left = (postgresCores - documents * document.postgresCpu) / image.postgresCpu
  const wanted = Math.min(capacityOf(scenario, 'image'), isWaiting.images ? Number.POSITIVE_INFINITY : written)
  return { seeding, documents, images: Math.max(0, Math.min(wanted, left)) }
}
