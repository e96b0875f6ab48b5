import assert from 'node:assert/strict'
import type { Deployment } from '@pokepedia/cli'
import {
  changesTopic,
  deadLetterTopic,
  ingestQueue,
  parseRetryTiers,
  type Queue,
  type RunId,
  retryGroup,
  retryTopic,
  runIdSchema,
  spritesQueue,
} from '@pokepedia/events'
import { type KafkaAdmin, openAdmin, openKafka } from '@pokepedia/pipeline'
import { createLog } from '@pokepedia/service'
import { auditRun, openStore } from '@pokepedia/storage'
import { openObjectStore } from '@pokepedia/storage/object-store'
import { kafkaTool, sql, until } from '../e2e/support.ts'

const log = createLog('test', 'silent')
const QUEUES: readonly Queue[] = [ingestQueue, spritesQueue]

/**
 * What a run left behind, as far as it must not depend on what broke on the way: content hash by path, SHA-256 by media
 * URL, outcome or error code by queue and key, and a line for each dead key.
 */
export type FinalState = Readonly<Record<string, unknown>>

/** The final state, and how many dead letters there are beyond one for each dead key. */
export interface Remains {
  readonly state: FinalState
  readonly deadLetters: number
  readonly duplicateLetters: number
}

const byKey = (rows: readonly Record<string, unknown>[]): Record<string, unknown> =>
  Object.fromEntries(rows.map(({ key, value }) => [String(key), value]))

const withAdmin = async <Result>(
  { stack }: Deployment,
  use: (admin: KafkaAdmin) => Promise<Result>,
): Promise<Result> => {
  await using admin = await openAdmin(openKafka({ brokers: [stack.kafka], clientId: 'chaos' }, log))
  return use(admin)
}

/** The keys of a run's dead letters of one queue, one for each letter. */
/** The keys of a run's records in a topic, one for each record. */
const keysIn = async (deployment: Deployment, topic: string, runId: string): Promise<string[]> => {
  const rows = await withAdmin(deployment, (admin) => admin.lag([{ group: 'chaos', topics: [topic] }]))
  const records = rows.reduce((sum, { endOffset }) => sum + endOffset, 0)
  if (records === 0) return []
  const print = ['print.headers=true', 'print.key=true', 'print.value=false', 'key.separator=|']
  const args = ['--topic', topic, '--from-beginning', '--timeout-ms', '30000', '--max-messages', String(records)]
  const properties = print.flatMap((property) => ['--property', property])
  const lines = (await kafkaTool(deployment, 'kafka-console-consumer', [...args, ...properties])).split('\n')
  return lines.flatMap((line) => (line.includes(`x-run-id:${runId}`) ? [line.split(/[|\t]/).at(-1) ?? ''] : []))
}

const deadLettersOf = async (deployment: Deployment, runId: string): Promise<string[]> => {
  const keys = await Promise.all(QUEUES.map((queue) => keysIn(deployment, deadLetterTopic(queue), runId)))
  return keys.flat().toSorted()
}

/** The resources that the run has told as changed; a change may be told twice. */
const changesOf = async (deployment: Deployment, runId: string): Promise<string[]> => {
  const unsent = () => sql(deployment, 'select id from pokepedia_changes')
  await until('every change on its topic', unsent, (rows) => rows.length === 0)
  return [...new Set(await keysIn(deployment, changesTopic.name, runId))]
}

export const remainsOf = async (deployment: Deployment, runId: string): Promise<Remains> => {
  const letters = await deadLettersOf(deployment, runId)
  const deadLetters = [...new Set(letters)]
  const changes = await changesOf(deployment, runId)
  const resources = 'select path as key, content_hash as value from pokeapi_resources'
  const assets = 'select source_url as key, sha256 as value from pokepedia_assets'
  const ledger = `select queue || ' ' || key as key, coalesce(error_code, outcome) as value
                  from pokepedia_run_ledger where run_id = $1`
  const state = {
    ...byKey(await sql(deployment, resources)),
    ...byKey(await sql(deployment, assets)),
    ...byKey(await sql(deployment, ledger, [runId])),
    ...Object.fromEntries(deadLetters.map((key) => [`dead letter ${key}`, true])),
    ...Object.fromEntries(changes.map((path) => [`change ${path}`, true])),
  }
  return { state, deadLetters: deadLetters.length, duplicateLetters: letters.length - deadLetters.length }
}

/** Fails with the lines that differ, twenty at most. */
export const assertSameState = (actual: FinalState, expected: FinalState, what: string): void => {
  const differing = [...new Set([...Object.keys(expected), ...Object.keys(actual)])]
    .filter((key) => actual[key] !== expected[key])
    .map((key) => `${key}: ${String(actual[key])} instead of ${String(expected[key])}`)
  assert.deepEqual(differing.slice(0, 20), [], `${what}: ${differing.length} lines differ`)
}

/** The law of the ledger, proved against the tables and the object store. */
export const assertBalanced = async ({ stack }: Deployment, runId: string): Promise<void> => {
  await using store = openStore({ url: stack.postgres, poolSize: 2 }, log)
  await using objects = openObjectStore({ ...stack.s3, region: 'us-east-1' })
  const id: RunId = runIdSchema.parse(runId)
  const audit = await auditRun(store, objects, id)
  assert.ok(audit?.balanced, JSON.stringify(audit, null, 1))
}

/** Waits until every record of the queues and of their retry topics is read and committed. */
export const untilDrained = (deployment: Deployment, tiers: string): Promise<unknown> =>
  withAdmin(deployment, (admin) =>
    until(
      'every offset to be committed',
      async () => {
        const rows = await admin.lag(
          QUEUES.flatMap((queue) => [
            { group: queue.group, topics: [queue.name] },
            { group: retryGroup(queue), topics: parseRetryTiers(tiers).map((tier) => retryTopic(queue, tier)) },
          ]),
        )
        return rows.filter(({ currentOffset, endOffset }) => Math.max(currentOffset, 0) < endOffset)
      },
      (behind) => behind.length === 0,
    ),
  )

/** Records that were ever written to retry topics and to dead-letter topics. */
export interface Diverted {
  readonly retried: number
  readonly dead: number
}

export const diverted = (deployment: Deployment, tiers: string): Promise<Diverted> =>
  withAdmin(deployment, async (admin) => {
    const written = async (topicsOf: (queue: Queue) => string[]): Promise<number> => {
      const rows = await admin.lag(QUEUES.map((queue) => ({ group: retryGroup(queue), topics: topicsOf(queue) })))
      return rows.reduce((sum, { endOffset }) => sum + endOffset, 0)
    }
    return {
      retried: await written((queue) => parseRetryTiers(tiers).map((tier) => retryTopic(queue, tier))),
      dead: await written((queue) => [deadLetterTopic(queue)]),
    }
  })
