import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { SERVICE_NAMES, type ServiceName } from '@pokepedia/cli'
import { type LocalStack, startLocalStack, startSampleUpstream } from '@pokepedia/stack'
import { z } from 'zod'
import { podmanRun, readCompose } from './compose.ts'
import { checkContents } from './contents.ts'
import { podman } from './podman.ts'

// The second half of .ci/image, which starts it in a network of its own: there the local stack has the ports that
// docker-compose.yml names, its hosts are addresses of the loopback interface, and nothing else can be reached.

const STOP_LIMIT_S = 15
const LIMIT_MS = 180_000
const downloads = fileURLToPath(new URL('../../../../.local/downloads', import.meta.url))

const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort())
const { signal } = interrupted

/** Compose gives each container an address; here each listens on one of its own. */
const ADDRESSES: Readonly<Record<ServiceName, string>> = {
  seeder: '127.0.1.1',
  ingestor: '127.0.1.2',
  'sprite-fetcher': '127.0.1.3',
  metrics: '127.0.1.4',
}
/** What `docker compose up --scale ingestor=3` starts. */
const INSTANCES: readonly { readonly name: string; readonly service: ServiceName; readonly address: string }[] = [
  ...SERVICE_NAMES.map((service) => ({ name: service, service, address: ADDRESSES[service] })),
  { name: 'ingestor-2', service: 'ingestor', address: '127.0.1.5' },
  { name: 'ingestor-3', service: 'ingestor', address: '127.0.1.6' },
]
const STACK_HOSTS = { kafka: '127.0.0.1', registry: '127.0.0.1', postgres: '127.0.0.1', minio: '127.0.0.1' }
const COMPOSE_PORTS = { kafka: 9092, registry: 8080, postgres: 5432, s3: 9000 }
const CONTAINERS = ['secrets', ...SERVICE_NAMES] as const

const until = async <Seen>(what: string, look: () => Promise<Seen | undefined>): Promise<Seen> => {
  const end = Date.now() + LIMIT_MS
  for (;;) {
    const seen = await look()
    if (seen !== undefined) return seen
    if (Date.now() > end) throw new Error(`${what} did not come within ${LIMIT_MS / 1_000} s`)
    await delay(500, undefined, { signal })
  }
}

/** What a `.env` beside docker-compose.yml would say to use this stack and this upstream. */
const envFile = ({ addresses: { postgres, s3 } }: LocalStack, upstream: string, token: string) => ({
  API_TOKEN: token,
  POSTGRES_PASSWORD: new URL(postgres).password,
  S3_ACCESS_KEY: s3.accessKey,
  S3_SECRET_KEY: s3.secretKey,
  UPSTREAM_URL: upstream,
  MEDIA_HOSTS: new URL(upstream).host,
  HOST_BUDGETS: '*=200/s:16',
})

const start = async (values: Readonly<Record<string, string>>): Promise<void> => {
  const services = readCompose(CONTAINERS, values)
  console.log(`secrets: ${podman(...podmanRun('secrets', services.secrets, {}, {})).trim()}`)
  const hosts = { ...STACK_HOSTS, ...ADDRESSES }
  for (const { name, service, address } of INSTANCES) {
    const [run = '', ...args] = podmanRun(name, services[service], hosts, { HTTP_HOST: address })
    podman(run, '--detach', ...args)
  }
  for (const { name } of INSTANCES)
    await until(`the health of ${name}`, async () =>
      spawnSync('podman', ['--log-level=fatal', 'healthcheck', 'run', name]).status === 0 ? true : undefined,
    )
  console.log('the four services, three ingestors among them, are healthy by their HEALTHCHECK')
}

const LOOK = `
  const { readFileSync, writeFileSync } = require('fs')
  const write = (path) => { try { writeFileSync(path, ''); return 'written' } catch ({ code }) { return code } }
  const [, caps] = /CapEff:\\s*(\\w+)/.exec(readFileSync('/proc/1/status', 'utf8'))
  const [, privs] = /NoNewPrivs:\\s*(\\w+)/.exec(readFileSync('/proc/1/status', 'utf8'))
  console.log([process.getuid(), process.getgid(), caps, privs, write('/app/x'), write('/secrets/x'), write('/tmp/x')].join(' '))`

const checkContainers = (): void => {
  for (const { name } of INSTANCES) {
    const seen = podman('exec', name, 'node', '--eval', LOOK).trim()
    assert.equal(seen, '10001 10001 0000000000000000 1 EROFS EROFS written', name)
  }
  console.log('each runs as 10001, with no capability and no way to get one, and can write to /tmp alone')
}

const runSchema = z.object({ state: z.string(), counts: z.unknown() })

const completeRun = async (token: string): Promise<void> => {
  const seeder = `http://${ADDRESSES.seeder}:8080`
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await fetch(`${seeder}/v1/seed`, { method: 'POST', headers, body: '{}' })
  assert.equal(answer.status, 202, await answer.text())
  const at = new URL(answer.headers.get('location') ?? '', seeder)
  const run = await until('the end of the run', async () => {
    const view = runSchema.parse(await (await fetch(at)).json())
    return ['discovering', 'running'].includes(view.state) ? undefined : view
  })
  assert.equal(run.state, 'completed', JSON.stringify(run))
  console.log(`a run completed: ${JSON.stringify(run.counts)}`)
}

const stopEach = (): void => {
  for (const { name } of INSTANCES) {
    const startedAt = Date.now()
    podman('stop', name)
    const seconds = (Date.now() - startedAt) / 1_000
    assert.equal(podman('inspect', '--format', '{{.State.ExitCode}}', name).trim(), '0', `${name} ends with 0`)
    assert.ok(seconds < STOP_LIMIT_S, `${name} took ${seconds} s`)
    console.log(`${name} ended with 0, ${seconds.toFixed(1)} s after SIGTERM`)
  }
}

/** Why it failed is in the logs, which are gone with the containers. */
const printLogs = (): void => {
  for (const { name } of INSTANCES) {
    const { stdout, stderr } = spawnSync('podman', ['logs', '--tail', '15', name], { encoding: 'utf8' })
    console.error(`-- ${name}\n${stdout}${stderr}`)
  }
}

const prove = async (stack: LocalStack): Promise<void> => {
  const upstream = await startSampleUpstream({ source: { kind: 'generated', pokemon: 5 } })
  const token = randomBytes(16).toString('hex')
  try {
    await start(envFile(stack, upstream.url, token))
    checkContainers()
    await completeRun(token)
    stopEach()
  } catch (error) {
    printLogs()
    throw error
  } finally {
    podman('rm', '--all', '--force', '--time', '0')
    await upstream.stop()
  }
}

checkContents(readCompose(['seeder'], {}).seeder.image)
const directory = await mkdtemp(join(tmpdir(), 'pokepedia-image-'))
try {
  // Compose runs MinIO; s3proxy stands in where it is not there.
  const s3 = spawnSync('minio', ['--version']).status === 0 ? 'minio' : 's3proxy'
  const onProgress = (line: string): void => console.log(line)
  const stack = await startLocalStack({ directory, downloads, onProgress, s3, ports: COMPOSE_PORTS, signal })
  try {
    await prove(stack)
  } finally {
    await stack.stop()
  }
} finally {
  await rm(directory, { recursive: true, force: true })
}
