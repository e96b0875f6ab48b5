import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { after } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isPipelineError } from '@pokepedia/errors'
import {
  decodeResourceRequested,
  HEADER,
  ingestQueue,
  parseRetryTiers,
  type ResourceRequested,
  topicCatalogue,
} from '@pokepedia/events'
import { openSchemas } from '@pokepedia/events/schemas'
import { emitterOf, openAdmin, openKafka, openProducer, readRecords } from '@pokepedia/pipeline'
import { createLog } from '@pokepedia/service'
import { type SampleUpstream, startSampleUpstream } from '@pokepedia/stack'
import { migrate, openStore, type Store } from '@pokepedia/storage'
import { z } from 'zod'

const stackFile = process.env['POKEPEDIA_TEST_STACK']
if (!stackFile) throw new Error('POKEPEDIA_TEST_STACK names no stack.json; run `npm test`')
const stack = z
  .object({ kafka: z.string(), schemaRegistry: z.string(), postgres: z.string() })
  .parse(JSON.parse(readFileSync(stackFile, 'utf8')))

export const log = createLog('test', process.env['LOG_LEVEL'] ?? 'silent')
export const TOKEN = 'a-token-for-the-seeder-tests'
const MAIN = fileURLToPath(new URL('../src/main.js', import.meta.url))
const LIMIT_MS = 30_000
const START_LIMIT_MS = 120_000

/** Repeats a question until its answer is accepted; fails with the last answer. */
export const until = async <Answer>(
  what: string,
  ask: () => Answer | Promise<Answer>,
  accept: (answer: Answer) => boolean,
  limitMs = LIMIT_MS,
): Promise<Answer> => {
  for (const endMs = Date.now() + limitMs; ; ) {
    const answer = await ask()
    if (accept(answer)) return answer
    if (Date.now() > endMs) assert.fail(`${what} did not come within ${limitMs} ms; last: ${JSON.stringify(answer)}`)
    await delay(25)
  }
}

export interface Database {
  readonly url: string
  readonly store: Store
}

/** A migrated database of this test file's own, dropped at its end. */
export const freshDatabase = async (): Promise<Database> => {
  const name = `seeder_${randomBytes(6).toString('hex')}`
  const admin = openStore({ url: stack.postgres, poolSize: 1 }, log)
  await admin.query('making a database', `create database ${name}`)
  const url = new URL(stack.postgres)
  url.pathname = `/${name}`
  await migrate(url.href, log)
  const store = openStore({ url: url.href, poolSize: 5 }, log)
  after(async () => {
    await store[Symbol.asyncDispose]()
    await admin.query('dropping a database', `drop database ${name} with (force)`)
    await admin[Symbol.asyncDispose]()
  })
  return { url: url.href, store }
}

/** A made-up PokeAPI in this process. */
export const freshUpstream = async (pokemon = 12): Promise<SampleUpstream> => {
  const upstream = await startSampleUpstream({ source: { kind: 'generated', pokemon } })
  after(() => upstream.stop())
  return upstream
}

export interface Seeder {
  readonly url: string
  readonly pid: number
  /** What it has printed so far. */
  readonly output: () => string
  get(path: string): Promise<Response>
  seed(body: unknown, headers?: Record<string, string>): Promise<Response>
  /** Sends the signal and resolves with the exit code. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>
}

const readyUrl = (output: string): string | undefined => /"url":"([^"]+)"[^\n]*listening/.exec(output)?.[1]

const kill = async (child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> => {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
  return child.exitCode
}

/** Starts the real process and waits until it listens. */
export const startSeeder = async (databaseUrl: string, upstreamUrl: string): Promise<Seeder> => {
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'],
      KAFKA_BROKERS: stack.kafka,
      SCHEMA_REGISTRY_URL: stack.schemaRegistry,
      DATABASE_URL: databaseUrl,
      UPSTREAM_URL: upstreamUrl,
      HTTP_PORT: '0',
      API_TOKEN: TOKEN,
      // Some tests flood it.
      CHANGES_PER_MINUTE: '100000',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output += String(bytes)))
  after(() => kill(child, 'SIGKILL'))
  await until(
    'a listening seeder',
    () => output,
    (text) => readyUrl(text) !== undefined || child.exitCode !== null,
    START_LIMIT_MS,
  )
  const url = readyUrl(output) ?? assert.fail(`the seeder ended: ${output}`)
  return {
    url,
    pid: child.pid ?? 0,
    output: () => output,
    get: (path) => fetch(`${url}${path}`),
    seed: (body, headers = {}) =>
      fetch(`${url}/v1/seed`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    end: (signal) => kill(child, signal),
  }
}

const seedAnswer = z.object({ runId: z.string(), state: z.string() })
export const runIdOf = async (response: Response): Promise<string> => {
  const body: unknown = await response.json()
  assert.equal(response.status, 202, JSON.stringify(body))
  return seedAnswer.parse(body).runId
}

const counts = z.record(z.string(), z.number())
const runSchema = z.looseObject({
  id: z.string(),
  state: z.string(),
  types: z.array(z.string()),
  counts: z.record(z.string(), counts),
  traceparent: z.string(),
  failure: z.string().optional(),
})
export const runOf = async (seeder: Seeder, id: string) =>
  runSchema.parse(await (await seeder.get(`/v1/runs/${id}`)).json())

export const untilState = (seeder: Seeder, id: string, state: string) =>
  until(
    `state ${state} of run ${id}`,
    () => runOf(seeder, id),
    (run) => run.state === state,
  )

const kafka = openKafka({ brokers: [stack.kafka], clientId: 'seeder-test' }, log)

export interface Emitted {
  readonly key: string | undefined
  readonly event: ResourceRequested
  readonly traceparent: string
}

/** The events of one run that stand in `pokepedia.ingest` now, in no order. */
export const eventsOf = async (runId: string, apiRoot: string): Promise<Emitted[]> => {
  const decode = decodeResourceRequested(openSchemas(stack.schemaRegistry).reader(ingestQueue), apiRoot)
  await using admin = await openAdmin(kafka)
  const ranges = await until(
    'a leader of each partition',
    // A topic that was just made has partitions without one for a moment.
    () =>
      admin.ranges(ingestQueue.name).catch((error: unknown) => {
        if (isPipelineError(error) && error.code === 'kafka_unavailable') return undefined
        throw error
      }),
    (found) => found !== undefined,
  )
  const events: Emitted[] = []
  await readRecords(kafka, ingestQueue.name, ranges ?? [], async ({ delivery: { key, headers }, value }) => {
    if (headers[HEADER.runId] === runId)
      events.push({
        key: key ?? undefined,
        event: await decode(value),
        traceparent: String(headers[HEADER.traceparent]),
      })
  })
  return events
}

/** A writer to `pokepedia.ingest` in this process, as the seeder's main makes it. */
export const openEmitter = async () => {
  const admin = await openAdmin(kafka)
  await admin.ensureTopics(topicCatalogue(parseRetryTiers('5s,30s,5m')))
  const producer = await openProducer(kafka)
  after(async () => {
    await producer[Symbol.asyncDispose]()
    await admin[Symbol.asyncDispose]()
  })
  const writer = await openSchemas(stack.schemaRegistry).resourceWriter()
  return emitterOf<ResourceRequested>(producer, ingestQueue, (event) => event.path, writer)
}

const countRows = z.array(z.object({ count: z.coerce.number() }))
export const countOf = async (store: Store, sql: string, values: readonly unknown[] = []): Promise<number> =>
  countRows.parse(await store.query('counting', `select count(*) as count from ${sql}`, values))[0]?.count ?? 0
