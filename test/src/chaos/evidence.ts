import assert from 'node:assert/strict'
import type { Deployment } from '@pokepedia/cli'
import {
  deadLetterTopic,
  ingestQueue,
  parseRetryTiers,
  type RunId,
  retryGroup,
  retryTopic,
  runIdSchema,
  spritesQueue,
} from '@pokepedia/events'
import { openAdmin, openKafka } from '@pokepedia/pipeline'
import { createLog } from '@pokepedia/service'
import { auditRun, openObjectStore, openStore } from '@pokepedia/storage'
import { kafkaTool, sql } from '../e2e/support.ts'

const log = createLog('test', 'silent')
const QUEUES = [ingestQueue, spritesQueue]

/** What a run left behind, as far as it must not depend on what broke on the way. */
export interface FinalState {
  /** Content hash by path, SHA-256 by media URL. */
  readonly stored: Readonly<Record<string, unknown>>
  /** Outcome and error code by queue and key. */
  readonly outcomes: Readonly<Record<string, unknown>>
  /** The keys that are dead, each once. */
  readonly deadLetters: readonly string[]
}

const byKey = (rows: readonly Record<string, unknown>[]): Record<string, unknown> =>
  Object.fromEntries(rows.map(({ key, value }) => [String(key), value]))

/** Every dead letter of a run, by key; a key stands there once for each letter. */
export const deadLettersOf = async (deployment: Deployment, runId: string): Promise<string[]> => {
  const read = async (topic: string): Promise<string[]> => {
    const print = ['print.headers=true', 'print.key=true', 'print.value=false', 'key.separator=|'].flatMap(
      (property) => ['--property', property],
    )
    const args = ['--topic', topic, '--from-beginning', '--timeout-ms', '2000', ...print]
    const lines = (await kafkaTool(deployment, 'kafka-console-consumer', args)).split('\n')
    return lines.flatMap((line) => (line.includes(`x-run-id:${runId}`) ? [line.split(/[|\t]/).at(-1) ?? ''] : []))
  }
  return (await Promise.all(QUEUES.map((queue) => read(deadLetterTopic(queue))))).flat().toSorted()
}

export const finalState = async (deployment: Deployment, runId: string): Promise<FinalState> => ({
  stored: {
    ...byKey(await sql(deployment, 'select path as key, content_hash as value from pokeapi_resources')),
    ...byKey(await sql(deployment, 'select source_url as key, sha256 as value from pokepedia_assets')),
  },
  outcomes: byKey(
    await sql(
      deployment,
      `select queue || ' ' || key as key, coalesce(error_code, outcome) as value
       from pokepedia_run_ledger where run_id = $1`,
      [runId],
    ),
  ),
  deadLetters: [...new Set(await deadLettersOf(deployment, runId))],
})

/** The law of the ledger, proved against the tables and the object store. */
export const assertBalanced = async ({ stack }: Deployment, runId: string): Promise<void> => {
  await using store = openStore({ url: stack.postgres, poolSize: 2 }, log)
  await using objects = openObjectStore({ ...stack.s3, region: 'us-east-1' })
  const id: RunId = runIdSchema.parse(runId)
  const audit = await auditRun(store, objects, id)
  assert.ok(audit?.balanced, JSON.stringify(audit, null, 1))
}

/** Records that were ever written to retry topics and to dead-letter topics. */
export interface Diverted {
  readonly retried: number
  readonly dead: number
}

export const diverted = async ({ stack }: Deployment, tiers: string): Promise<Diverted> => {
  await using admin = await openAdmin(openKafka({ brokers: [stack.kafka], clientId: 'chaos' }, log))
  const written = async (topicsOf: (queue: (typeof QUEUES)[number]) => string[]): Promise<number> => {
    const rows = await admin.lag(QUEUES.map((queue) => ({ group: retryGroup(queue), topics: topicsOf(queue) })))
    return rows.reduce((sum, { endOffset }) => sum + endOffset, 0)
  }
  return {
    retried: await written((queue) => parseRetryTiers(tiers).map((tier) => retryTopic(queue, tier))),
    dead: await written((queue) => [deadLetterTopic(queue)]),
  }
}
