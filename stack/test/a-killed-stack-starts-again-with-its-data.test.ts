import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from 'minio'
import pg from 'pg'
import { type LocalStack, runKafkaTool, startLocalStack } from '../src/local/index.ts'

const directory = await mkdtemp(join(tmpdir(), 'pokepedia-stack-'))
const downloads = fileURLToPath(new URL('../../../.local/downloads', import.meta.url))
const lines: string[] = []
const started: LocalStack[] = []
const start = async (): Promise<LocalStack> => {
  const stack = await startLocalStack({ directory, downloads, onProgress: (line) => void lines.push(line) })
  started.push(stack)
  return stack
}
// A test that fails leaves its stack running.
after(async () => {
  for (const stack of started) await stack.stop()
  await rm(directory, { recursive: true, force: true })
})

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}/stat`)
const untilGone = async (pids: number[]): Promise<void> => {
  const end = Date.now() + 10_000
  while (pids.some(isAlive)) {
    assert.ok(Date.now() < end, 'processes are still there')
    await delay(50)
  }
}

const topics = async (stack: LocalStack, args: string[]): Promise<string> => {
  const options = { downloads, tool: 'kafka-topics' as const, input: '' }
  const { status, stdout, stderr } = await runKafkaTool({
    ...options,
    args: ['--bootstrap-server', stack.addresses.kafka, ...args],
  })
  assert.equal(status, 0, stdout + stderr)
  return stdout
}
const sql = async (stack: LocalStack, text: string): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString: stack.addresses.postgres })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}
const s3 = ({ addresses: { s3 } }: LocalStack): Client => {
  const { hostname, port } = new URL(s3.endpoint)
  return new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    accessKey: s3.accessKey,
    secretKey: s3.secretKey,
    region: 'us-east-1',
  })
}
const registerSchema = async (stack: LocalStack): Promise<unknown> => {
  const answer = await fetch(`${stack.addresses.schemaRegistry}/subjects/a-value/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: '{"type":"record","name":"A","fields":[]}' }),
  })
  return answer.json()
}

test('all four come up, keep what they were given through a SIGKILL, and leave no process at the end', async () => {
  const first = await start()
  const exits: string[] = []
  first.onExit((component) => void exits.push(component))
  await topics(first, ['--create', '--topic', 'kept', '--partitions', '3'])
  await s3(first).putObject('sprites', 'a/kept.txt', 'bytes')
  const schema = await registerSchema(first)
  await sql(first, 'create table kept as select 7 as n')

  // One alone comes back under the same address, while the others run on.
  process.kill(first.pids.postgres, 'SIGKILL')
  const { postgres: before, ...others } = first.pids
  await first.restart('postgres')
  const { postgres: now, ...same } = first.pids
  assert.notEqual(now, before)
  assert.deepEqual(same, others)
  assert.deepEqual(exits.splice(0), ['postgres'])
  assert.deepEqual(await sql(first, 'select n from kept'), [{ n: 7 }])

  const killed = Object.values(first.pids)
  for (const pid of killed) process.kill(pid, 'SIGKILL')
  await untilGone(killed)
  assert.deepEqual(exits.toSorted(), ['kafka', 'postgres', 'registry', 's3'])
  await first.stop()

  // After a reboot the number in PostgreSQL's pid file may belong to anybody.
  const stranger = spawn('sleep', ['600'])
  after(() => stranger.kill())
  await writeFile(join(directory, 'postgres/data/postmaster.pid'), `${stranger.pid}\n`)

  const second = await start()
  assert.equal(stranger.exitCode ?? stranger.signalCode, null)
  assert.deepEqual(second.addresses, first.addresses)
  assert.match(await topics(second, ['--describe', '--topic', 'kept']), /PartitionCount: 3/)
  // Committed in the last moment before the kill, and there.
  assert.deepEqual(await sql(second, 'select n from kept'), [{ n: 7 }])
  assert.equal((await s3(second).statObject('sprites', 'a/kept.txt')).size, 5)
  assert.deepEqual(await registerSchema(second), schema)

  const askedAt = Date.now()
  await second.stop()
  assert.ok(Date.now() - askedAt < 12_000)
  assert.deepEqual(Object.values(second.pids).filter(isAlive), [])
})

test('what a start that was killed half way left in its files is repaired', async () => {
  const inside = (path: string): string => join(directory, path)
  for (const folder of ['kafka', 'postgres', 'registry']) await rm(inside(folder), { recursive: true })
  await mkdir(inside('kafka/logs'), { recursive: true })
  await writeFile(inside('kafka/logs/bootstrap.checkpoint.tmp'), 'half')
  await mkdir(inside('postgres/data/base'), { recursive: true })
  await mkdir(inside('registry'))
  await writeFile(inside('registry/schemas.mv.db'), 'half')
  await writeFile(inside('ports.json'), '{"kafka":')
  lines.length = 0
  const stack = await start()
  assert.deepEqual(await sql(stack, 'select 1 as n'), [{ n: 1 }])
  assert.deepEqual(lines.filter((line) => line.includes('repairing')).length, 3, lines.join('\n'))
  assert.equal((await s3(stack).statObject('sprites', 'a/kept.txt')).size, 5)
  await stack.stop()
})

test('passwords that are lost are explained, not replaced by others', async () => {
  await rm(join(directory, 'secrets.json'))
  await assert.rejects(start(), /secrets\.json is gone or damaged.*--fresh/)
})
