import type { EventCost } from './model.ts'

/**
 * Measured on 2026-11-27, on 2 cores with nothing else running, Node 20, PostgreSQL 18, Kafka 4.1: a full sync of the bundled
 * sample (600 pokemon: 3,747 documents of 3.5 kB, 6,715 images of 0.5 kB) by processes that had done one before, then one
 * that found everything unchanged; the middle one of three such pairs. CPU seconds of each process and its children by
 * /proc, divided by its events; `pokepedia import` and a benchmark's numbers are not in it.
 */
const MEASURED = {
  full: { ingestor: 3.24 / 3_747, spriteFetcher: 5.19 / 6_715, postgres: 9.03 / 10_462, seeder: 0.42 / 3_747 },
  unchanged: { ingestor: 1.57 / 3_747, spriteFetcher: 1.03 / 6_715, postgres: 1.35 / 10_462, seeder: 0.35 / 3_747 },
}

/** Assumed: seconds of a request to a public API, to a mirror nearby, and of the statements where none is sent. */
export const LATENCY = { internet: 0.2, mirror: 0.02, none: 0.01 }

/** A cost without the latency, which depends on the upstream. */
export type CpuCost = Omit<EventCost, 'latency'>

export interface SyncCosts {
  readonly document: CpuCost
  readonly image: CpuCost
  /** CPU seconds of the seeder for an event. */
  readonly seederCpu: number
}

type Measured = typeof MEASURED.full
const syncCosts = ({ ingestor, spriteFetcher, postgres, seeder }: Measured, imageRequests: number): SyncCosts => ({
  document: { serviceCpu: ingestor, postgresCpu: postgres, requests: 1 },
  image: { serviceCpu: spriteFetcher, postgresCpu: postgres, requests: imageRequests },
  seederCpu: seeder,
})

/** Nothing is there yet. */
export const fullSync = syncCosts(MEASURED.full, 1)
/** Everything is there and the same: an image that was checked within MEDIA_FRESH_FOR_DAYS costs no request. */
export const unchangedSync = syncCosts(MEASURED.unchanged, 0)

/** Bytes, measured in such a run on 2026-11-26: files of the topics' partitions, and tables with their indexes. */
export const BYTES = {
  /** An event of a document, one of an image, and one that tells of a change, in Kafka before replication. */
  kafka: { document: 330, image: 425, change: 305 },
  /** Rows of a document of 3.5 kB, of an image, and of an event in the ledger. */
  postgres: { document: 2_570, image: 1_430, ledger: 480 },
}
