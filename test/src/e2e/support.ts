import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Deployment, type DeploymentOptions, startDeployment } from '@pokepedia/cli'
import { openAdmin, openKafka } from '@pokepedia/pipeline'
import { createLog } from '@pokepedia/service'
import { type KafkaToolName, putFaults, runKafkaTool } from '@pokepedia/stack'
import { Client } from 'minio'
import pg from 'pg'
import { z } from 'zod'

const downloads = fileURLToPath(new URL('../../../../.local/downloads', import.meta.url))

const log = createLog('test', 'silent')

/** A test file that takes too long is ended by SIGTERM, and no hook of it runs: what it started must not outlive it. */
const killedWithTheFile = (): AbortSignal => {
  const killed = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      killed.abort()
      process.exit(130)
    })
  return killed.signal
}

/** Starts a deployment in a directory of its own, which ends with the test file. */
export const deploy = async (options: Omit<DeploymentOptions, 'directory'>): Promise<Deployment> => {
  const directory = await mkdtemp(join(tmpdir(), 'pokepedia-e2e-'))
  let deployment: Deployment | undefined
  // In this order: hooks run in the order in which they are added, and a running broker writes into what is removed.
  after(async () => {
    await deployment?.stop()
    await rm(directory, { recursive: true, force: true })
  })
  deployment = await startDeployment({ killSignal: killedWithTheFile(), ...options, directory })
  return deployment
}

/** Waits for a condition; fails with what was seen last. */
export const until = async <Seen>(
  what: string,
  look: () => Promise<Seen>,
  ok: (seen: Seen) => boolean,
  limitMs = 60_000,
): Promise<Seen> => {
  const end = Date.now() + limitMs
  for (;;) {
    const seen = await look()
    if (ok(seen)) return seen
    if (Date.now() > end) throw new Error(`${what} did not come within ${limitMs} ms; seen: ${JSON.stringify(seen)}`)
    await delay(100)
  }
}

const runSchema = z.looseObject({
  id: z.string(),
  state: z.string(),
  counts: z.record(z.string(), z.record(z.string(), z.number())),
  traceparent: z.string().nullable(),
})
export type RunView = z.infer<typeof runSchema>

export const post = (deployment: Deployment, body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${deployment.stack.services.seeder.url}/v1/seed`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${deployment.stack.token}`, ...headers },
    body,
  })

/** Seeds and waits until the run has closed. */
export const seedAndWait = async (
  deployment: Deployment,
  request: object,
  limitMs = 90_000,
  headers: Record<string, string> = {},
): Promise<RunView> => {
  const answer = await post(deployment, JSON.stringify(request), headers)
  if (answer.status !== 202) throw new Error(`seeding answered ${answer.status}: ${await answer.text()}`)
  const at = new URL(answer.headers.get('location') ?? '', deployment.stack.services.seeder.url)
  const look = async (): Promise<RunView> => runSchema.parse(await (await fetch(at)).json())
  return until('the end of the run', look, ({ state }) => !['discovering', 'running'].includes(state), limitMs)
}

/** Runs a query on the deployment's database. */
export const sql = async (
  deployment: Deployment,
  text: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: deployment.stack.postgres })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text, values)).rows
  } finally {
    await client.end()
  }
}

/** The object of a key, from the deployment's store. */
export const objectOf = async ({ stack: { s3 } }: Deployment, key: string): Promise<Buffer> => {
  const { hostname, port } = new URL(s3.endpoint)
  const options = { endPoint: hostname, port: Number(port), useSSL: false, region: 'us-east-1' }
  const client = new Client({ ...options, accessKey: s3.accessKey, secretKey: s3.secretKey })
  const chunks: Buffer[] = []
  for await (const chunk of await client.getObject(s3.bucket, key)) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/** Switches the sample upstream's faults. */
export const setFaults = (deployment: Deployment, rules: object[]): Promise<void> =>
  putFaults(deployment.stack.upstream, rules)

/** The records that a topic has now, as the console consumer prints them, with their headers. */
export const recordsOf = async (deployment: Deployment, topic: string): Promise<string> => {
  await using admin = await openAdmin(openKafka({ brokers: [deployment.stack.kafka], clientId: 'test' }, log))
  const ranges = await admin.ranges(topic)
  const count = ranges.reduce((sum, { start, end }) => sum + Number(BigInt(end) - BigInt(start)), 0)
  if (count === 0) return ''
  // It ends with the last of them; the limit is for a machine that is busy.
  const until = ['--max-messages', String(count), '--timeout-ms', '60000']
  const args = ['--topic', topic, '--from-beginning', ...until, '--property', 'print.headers=true']
  return kafkaTool(deployment, 'kafka-console-consumer', args)
}

/** Runs one of Kafka's own tools against the deployment and returns what it printed. */
export const kafkaTool = async (
  deployment: Deployment,
  tool: KafkaToolName,
  args: string[],
  input = '',
): Promise<string> => {
  const bootstrap = ['--bootstrap-server', deployment.stack.kafka]
  const { status, stdout, stderr } = await runKafkaTool({ downloads, tool, args: [...bootstrap, ...args], input })
  if (status !== 0) throw new Error(`${tool} ended with ${status}: ${stdout}${stderr}`)
  return stdout
}
