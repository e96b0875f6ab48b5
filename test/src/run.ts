import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { fileURLToPath } from 'node:url'
import { freePort, startLocalStack } from '@pokepedia/stack'
import { makeCertificate } from './certificate.ts'

// `npm test [-- WORD …]`: every *.test.js of the workspaces against one local stack, then the end-to-end tests, each
// with a deployment of its own. `npm run test:chaos [-- WORD …]`: the tests that break things for minutes, each with a
// deployment of its own. `npm run test:operator [-- WORD …]`: an operator's tools, which are the status page in Chromium,
// Prometheus' rules and panels, and the commands for dead letters, doubts and starts. WORD keeps the files whose path contains it. `npm run test:docs [-- WORD …]`: the commands of the
// documentation, or of the pages whose path contains a WORD.

const root = fileURLToPath(new URL('../../..', import.meta.url))
const FILE_TIMEOUT_MS = 5 * 60_000
/** Test files at once, for two cores: a unit's waits a third of its time, a deployment starts nine processes. */
const UNITS_AT_ONCE = 3
const DEPLOYMENTS_AT_ONCE = 2
const CHAOS_FILE_TIMEOUT_MS = 15 * 60_000
const DOCS_TIMEOUT_MS = 60 * 60_000

const part = ['--chaos', '--operator', '--docs'].find((name) => name === process.argv[2])
const words = process.argv.slice(part === undefined ? 2 : 3)
const isWanted = (file: string): boolean =>
  file.endsWith('.test.js') && (words.length === 0 || words.some((word) => file.includes(word)))

const testsIn = async (folder: string): Promise<string[]> => {
  const names = await readdir(join(root, folder)).catch(() => [])
  return names.map((name) => join(folder, name)).filter(isWanted)
}

const workspaces = async (): Promise<string[]> => {
  const groups = await Promise.all(
    ['packages', 'services'].map(async (group) => (await readdir(join(root, group))).map((name) => join(group, name))),
  )
  return [...groups.flat(), 'stack', 'cli', 'deploy/grafana', 'deploy/kubernetes', 'bench', 'sizing', 'test']
}

interface Tally {
  passed: number
  failed: number
  skipped: number
}

/** Runs test files, each in a process of its own, prints them as they end and counts their tests. */
const runFiles = async (files: string[], concurrency: number, timeout: number, tally: Tally): Promise<void> => {
  if (files.length === 0) return
  const events = run({ files: files.map((file) => join(root, file)), concurrency, timeout })
  events.on('test:pass', ({ skip, details }) => {
    if (details.type === 'suite') return
    if (skip !== undefined && skip !== false) tally.skipped += 1
    else tally.passed += 1
  })
  events.on('test:fail', ({ details }) => {
    if (details.type !== 'suite') tally.failed += 1
  })
  for await (const text of events.compose(new spec())) process.stdout.write(String(text))
}

const runUnitTests = async (tally: Tally): Promise<void> => {
  const folders = await workspaces()
  const files = (await Promise.all(folders.map((folder) => testsIn(join(folder, 'dist/test'))))).flat()
  if (files.length === 0) return
  const directory = await mkdtemp(join(tmpdir(), 'pokepedia-test-'))
  const say = (line: string): void => console.error(line)
  const secured = {
    ...(await makeCertificate(directory, 'pokepedia-test')),
    ...{ kafkaPort: await freePort(), registryPort: await freePort(), s3Port: await freePort() },
    ...{ username: 'pokepedia', password: randomBytes(18).toString('hex') },
  }
  const downloads = join(root, '.local', 'downloads')
  const stack = await startLocalStack({ directory, downloads, onProgress: say, secured })
  const file = join(directory, 'stack.json')
  await writeFile(file, JSON.stringify({ ...stack.addresses, secured }), { mode: 0o600 })
  process.env['POKEPEDIA_TEST_STACK'] = file
  const { NODE_EXTRA_CA_CERTS: authorities } = process.env
  process.env['NODE_EXTRA_CA_CERTS'] = secured.certificate
  try {
    await runFiles(files, UNITS_AT_ONCE, FILE_TIMEOUT_MS, tally)
  } finally {
    delete process.env['NODE_EXTRA_CA_CERTS']
    if (authorities !== undefined) process.env['NODE_EXTRA_CA_CERTS'] = authorities
    await stack.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

const main = async (): Promise<void> => {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 }
  if (part === '--docs') {
    process.env['POKEPEDIA_DOCS_PAGES'] = words.splice(0).join(' ')
    await runFiles(await testsIn('test/dist/src/docs'), 1, DOCS_TIMEOUT_MS, tally)
  } else if (part === '--chaos') {
    await runFiles(await testsIn('test/dist/src/chaos'), 1, CHAOS_FILE_TIMEOUT_MS, tally)
  } else if (part === '--operator') {
    await runFiles(await testsIn('test/dist/src/operator'), 1, FILE_TIMEOUT_MS, tally)
  } else {
    await runUnitTests(tally)
    await runFiles(await testsIn('test/dist/src/e2e'), DEPLOYMENTS_AT_ONCE, FILE_TIMEOUT_MS, tally)
  }
  const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : ''
  console.log(`\n${tally.passed} passed, ${tally.failed} failed${skipped}`)
  if (tally.failed > 0 || tally.passed === 0) process.exitCode = 1
}

await main()
