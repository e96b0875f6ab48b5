import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Deployment, type ServiceName, serviceEnvironment } from '@pokepedia/cli'
import { freePort } from '@pokepedia/stack'
import { deploy, kafkaTool, seedAndWait, until } from '../e2e/support.ts'
import { assertBalanced } from './evidence.ts'

// test/upgrade-from names the commit of main that an upgrade begins at: the version before. Its services are built and
// run against the tables, topics and schemas that this version has made, beside this version's own.

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const execute = promisify(execFile)
const GROUPS = ['ingestor', 'sprite-fetcher'] as const

const git = async (...args: string[]): Promise<string> => (await execute('git', ['-C', root, ...args])).stdout.trim()
const base = (await readFile(join(root, 'test/upgrade-from'), 'utf8')).trim()
const isKnown = await git('cat-file', '-e', `${base}^{commit}`).then(
  () => true,
  () => false,
)

/** The version before, compiled in a folder of its own. */
const buildOld = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'pokepedia-old-'))
  after(() => rm(directory, { recursive: true, force: true }))
  await execute('git', ['clone', '--quiet', '--no-checkout', root, directory])
  await execute('git', ['-C', directory, 'checkout', '--quiet', base])
  await execute('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'], { cwd: directory })
  await execute('npm', ['run', '--silent', 'build'], { cwd: directory })
  return directory
}

const startOld = (
  directory: string,
  service: ServiceName,
  { stack }: Deployment,
  port = 0,
): { readonly log: () => string } => {
  const entry = join(directory, 'services', service, 'dist/src/main.js')
  assert.ok(existsSync(entry), `${base} has no ${service}`)
  const child = spawn(process.execPath, [entry], {
    env: serviceEnvironment(stack, port),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  after(() => child.kill('SIGKILL'))
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (log += chunk))
  return { log: () => log }
}

const membersOf = async (deployment: Deployment, group: string): Promise<number> => {
  const table = await kafkaTool(deployment, 'kafka-consumer-groups', ['--describe', '--group', group, '--members'])
  return table.split('\n').filter((line) => line.startsWith(group)).length
}

/** The deployment as one sees it whose requests go to this seeder. */
const through = (deployment: Deployment, url: string): Deployment => {
  const { stack } = deployment
  return {
    ...deployment,
    stack: { ...stack, services: { ...stack.services, seeder: { ...stack.services.seeder, url } } },
  }
}

/** An old service that answers requests; its address, once it is ready. */
const startOldServer = async (directory: string, service: ServiceName, deployment: Deployment): Promise<string> => {
  const port = await freePort()
  const { log } = startOld(directory, service, deployment, port)
  const url = `http://127.0.0.1:${port}`
  const ready = async () => ({
    ok: (await fetch(`${url}/readyz`).catch(() => undefined))?.ok,
    log: log().slice(-2_000),
  })
  await until(`the old ${service} to be ready`, ready, ({ ok }) => ok === true, 180_000)
  return url
}

test('a run is shared by old and new consumers on the new tables, one is made by an old seeder, an old page shows both, and audits balance', {
  skip: isKnown ? false : `the history of this checkout has no ${base}, named in test/upgrade-from`,
}, async (t) => {
  const [directory, deployment] = await Promise.all([buildOld(), deploy({ upstream: { kind: 'sample', pokemon: 60 } })])
  const olds = GROUPS.map((group) => ({ group, ...startOld(directory, group, deployment) }))
  for (const { group, log } of olds) {
    await until(
      `two members of ${group}, one of them old`,
      async () => ({ members: await membersOf(deployment, group), log: log().slice(-2_000) }),
      ({ members }) => members === 2,
      180_000,
    )
  }
  const seeder = await startOldServer(directory, 'seeder', deployment)
  const metrics = await startOldServer(directory, 'metrics', deployment)
  for (const [force, asked] of [
    [false, deployment],
    [true, through(deployment, seeder)],
  ] as const) {
    const run = await seedAndWait(asked, { force }, 240_000)
    assert.equal(run.state, 'completed', JSON.stringify(run.counts))
    await assertBalanced(deployment, run.id)
  }
  for (const path of ['/v1/status', '/metrics', '/'])
    assert.equal((await fetch(`${metrics}${path}`)).status, 200, `the old metrics service answers ${path}`)
  for (const { group, log } of olds) {
    const outcomes = [...log().matchAll(/"event":"records.summary".*/g)]
    assert.ok(outcomes.length > 0, `the old ${group} took no part:\n${log().slice(-2_000)}`)
    t.diagnostic(`${group} of ${base.slice(0, 7)}: ${outcomes.length} summaries of what it handled`)
  }
})
