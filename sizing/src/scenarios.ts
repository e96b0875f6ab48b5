import { type CpuCost, fullSync, LATENCY, type SyncCosts, unchangedSync } from './costs.ts'
import type { EventCost, Scenario } from './model.ts'

/** PokeAPI: 15,463 documents with 54,267 images. */
const POKEAPI = 15_463
const IMAGES_PER_RESOURCE = 54_267 / POKEAPI
const BILLION = 1_000_000_000

/** What a table is about. */
export interface Question {
  readonly resources: number
  readonly costs: SyncCosts
  /** Requests a second for documents and for images; Infinity for no budget. */
  readonly budgets: readonly [number, number]
  /** Seconds of a request. */
  readonly latency: number
  readonly postgresCores: number
  /** Partitions of each queue; as many as instances when undefined. */
  readonly partitions: number | undefined
  /** Runs of different types side by side, each written by a seeder of its own. */
  readonly seeders: number
  readonly instances: readonly number[]
}

export const scenarioOf = (question: Question, instances: number): Scenario => {
  const { resources, costs, budgets, latency, postgresCores, partitions, seeders } = question
  const withLatency = (cost: CpuCost): EventCost => ({ ...cost, latency: cost.requests > 0 ? latency : LATENCY.none })
  const [documentBudget, imageBudget] = budgets
  return {
    resources,
    imagesPerResource: IMAGES_PER_RESOURCE,
    instances,
    partitions: partitions ?? instances,
    concurrency: 64,
    documentBudget,
    imageBudget,
    postgresCores,
    seedRate: seeders / costs.seederCpu,
    document: withLatency(costs.document),
    image: withLatency(costs.image),
  }
}

const NO_BUDGET = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as const
const billion = {
  resources: BILLION,
  budgets: NO_BUDGET,
  latency: LATENCY.mirror,
  partitions: undefined,
  instances: [1, 10, 100, 1_000],
}

/** The tables of docs/sizing.md, by their titles. */
export const questions: Readonly<Record<string, Question>> = {
  'PokeAPI, 20 and 10 requests a second, 6 partitions, Postgres with 2 cores': {
    resources: POKEAPI,
    costs: fullSync,
    budgets: [20, 10],
    latency: LATENCY.internet,
    postgresCores: 2,
    partitions: 6,
    seeders: 1,
    instances: [1, 6, 1_000],
  },
  'The same from a mirror without a budget, Postgres with 8 cores': {
    resources: POKEAPI,
    costs: fullSync,
    budgets: NO_BUDGET,
    latency: LATENCY.mirror,
    postgresCores: 8,
    partitions: 6,
    seeders: 1,
    instances: [1, 2, 3, 6, 12, 1_000],
  },
  '1,000,000,000 resources, no budget, a partition for each instance, Postgres with 32 cores, one run': {
    ...billion,
    costs: fullSync,
    postgresCores: 32,
    seeders: 1,
  },
  'The same in 40 runs side by side': { ...billion, costs: fullSync, postgresCores: 32, seeders: 40 },
  'The same when nothing has changed': { ...billion, costs: unchangedSync, postgresCores: 32, seeders: 40 },
  '1,000,000,000 resources in 40 runs, 1,000 requests a second to each host': {
    ...billion,
    costs: fullSync,
    budgets: [1_000, 1_000],
    latency: LATENCY.internet,
    postgresCores: 32,
    seeders: 40,
  },
}
