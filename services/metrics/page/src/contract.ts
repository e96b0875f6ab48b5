import type { Letter, LetterGroup, ResourceStory, RunWithProgress, Redrive as StoredRedrive } from '@pokepedia/storage'
import type { Status as ServerStatus } from '../../src/status.ts'

/** A value as JSON has it: times are ISO 8601 texts. */
export type Wire<Value> = Value extends Date
  ? string
  : Value extends string | number | boolean | null | undefined
    ? Value
    : Value extends readonly (infer Item)[]
      ? readonly Wire<Item>[]
      : { readonly [Key in keyof Value]: Wire<Value[Key]> }

/** What the seed form and a schedule ask the seeder for. */
export interface SeedRequest {
  readonly types?: readonly string[]
  readonly limit?: number
  readonly force?: boolean
}

/** The body of `GET /v1/status` and of each `status` event. */
export type Status = Wire<ServerStatus>
export type Queue = Status['queues'][number]
export type Breaker = NonNullable<Status['breakers']>[number]
export type Schedule = NonNullable<Status['schedules']>[number]
export type Run = Wire<RunWithProgress>
export type Partition = Status['partitions'][number]
export type Counts = Run['counts'][string]

/** The body of `GET /v1/runs`. */
export interface RunList {
  readonly runs: readonly (Pick<Run, 'id' | 'state' | 'trigger' | 'startedAt' | 'finishedAt' | 'counts'> & {
    readonly types: readonly string[]
    readonly failure?: string
  })[]
}

/** The body of `GET /v1/runs/:id`. */
export interface RunDetails {
  readonly run: Omit<Run, 'byType' | 'requestHash'>
  readonly types: readonly {
    readonly queue: string
    readonly resourceType: string
    readonly requested: number
    readonly settled: number
    readonly dead: number
  }[]
  readonly ratePerSecond: number
  readonly secondsLeft: number | null
}

/** The body of `GET /v1/queues/history`. */
export interface QueueHistory {
  readonly queues: readonly {
    readonly queue: string
    readonly points: readonly { readonly at: string; readonly ready: number; readonly delayed: number }[]
  }[]
}

export type DeadLetter = Wire<Letter>
export type DeadLetterGroup = Wire<LetterGroup>

/** The body of `GET /v1/dead-letters/:id`. */
export interface DeadLetterDetails extends DeadLetter {
  readonly headers: Readonly<Record<string, string>>
  readonly keyBase64: string | null
  readonly place: RecordPlace
  readonly origin: RecordPlace
  readonly value: {
    readonly bytes: number
    readonly decoded: unknown
    readonly text: string | null
    readonly base64: string | null
    readonly error: string | null
  }
}
export interface RecordPlace {
  readonly topic: string
  readonly partition: number
  readonly offset: string
  readonly timestamp: string
}

/** The answer to a redrive's dry run. */
export interface RedrivePreview {
  readonly selected: number
  readonly overCap: number
  readonly histogram: readonly {
    readonly queue: string
    readonly code: string
    readonly type: string | null
    readonly fingerprint: string | null
    readonly letters: number
    readonly overCap: number
  }[]
}

export type Redrive = Wire<StoredRedrive> & { readonly summary: string }

export type Story = Wire<ResourceStory> & { readonly path: string }

/** The body of `GET /v1/pokemon`. */
export interface PokemonPage {
  readonly pokemon: readonly {
    readonly id: number
    readonly name: string
    readonly types: readonly string[]
    readonly height: number | null
    readonly weight: number | null
    readonly stats: Readonly<Record<string, number>>
    readonly sprite: string | null
  }[]
  readonly next: number | null
}
