import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'

const main = fileURLToPath(new URL('../src/main.js', import.meta.url))

interface Told {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs command lines one after the other in one process, with nothing of a deployment in its environment: each loads the
 * command's own module anew, and all else of it once, since to start it takes a second.
 */
const RUN_ALL = `
  const write = process.stdout.write.bind(process.stdout)
  const told = []
  for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(0)
  for (const [at, args] of JSON.parse(process.argv[2]).entries()) {
    const one = { status: 0, stdout: '', stderr: '' }
    process.stdout.write = (text) => { one.stdout += text; return true }
    process.stderr.write = (text) => { one.stderr += text; return true }
    process.argv = [process.argv[0], process.argv[1], ...args]
    process.exitCode = 0
    await import(process.env.MAIN + '?' + at)
    told.push({ ...one, status: process.exitCode ?? 0 })
  }
  process.exitCode = 0
  write(JSON.stringify(told))
`
const toldSchema = z.array(z.object({ status: z.number(), stdout: z.string(), stderr: z.string() }))

const pokepedia = async (lines: readonly (readonly string[])[]): Promise<Told[]> => {
  const env = { PATH: process.env['PATH'], MAIN: pathToFileURL(main).href }
  const args = ['--input-type=module', '-e', RUN_ALL, 'pokepedia', JSON.stringify(lines)]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, maxBuffer: 1 << 24 })
  return toldSchema.parse(JSON.parse(stdout))
}

const wrong: readonly (readonly [string, RegExp])[] = [
  ['', /verb is missing/],
  ['frobnicate', /frobnicate/],
  ['up --nope', /nope/],
  ['up --limit 0', /--limit must be a whole number from 1/],
  ['up --limit 1.5', /--limit must be a whole number/],
  ['up --limit', /limit/],
  ['up --limit 1 --limit 2', /--limit/],
  ['up --types ,', /--types needs at least one name/],
  ['up --upstream pokeapi.co', /--upstream must be an http or https address/],
  ['up --upstream http://127.0.0.1:1/ --pokemon 3', /upstream and pokemon are mutually exclusive/],
  ['audit', /Not enough/],
  ['audit 7', /no run id/],
  ['topics frob', /plan.*apply/],
  ['seed --dry-run --wait', /dry-run and wait are mutually exclusive/],
  ['runs --directory', /directory/],
  ['dlq', /list, show, redrive or discard/],
  ['dlq bury', /bury/],
  ['dlq list --state dead', /open.*discarded/],
  ['dlq list --since yesterday', /--since must be like 30m/],
  ['dlq show', /Not enough/],
  ['dlq redrive', /say which letters/],
  ['dlq redrive 7 --all', /say which letters/],
  ['dlq redrive seven', /id must be a whole number from 1/],
  ['dlq redrive --all --rate 0', /--rate must be letters a second/],
  ['dlq redrive --all --dry-run --wait', /dry-run and wait are mutually exclusive/],
  ['dlq discard', /say which letters/],
  ['changes --since yesterday', /--since must be like 30m/],
  ['changes --limit 0', /--limit must be a whole number from 1/],
  ['schedules frob', /frob/],
  ['schedules set', /Not enough/],
  ['schedules set nightly', /cron/],
  ['schedules set Nightly --cron x', /no name of a schedule/],
  ['schedules set nightly --cron x --limit 0', /--limit must be a whole number from 1/],
  ['schedules set nightly --cron x --catch-up all', /once.*skip/],
  ['schedules set nightly --cron x --cron y', /--cron needs one value/],
  ['schedules enable', /Not enough/],
  ['schedules disable a/b', /no name of a schedule/],
  ['schedules remove', /Not enough/],
  ['schedules run x_y', /no name of a schedule/],
  ['redrives 7', /no redrive id/],
  ['redrives --cancel 7', /no redrive id/],
  ['redrives --limit 0', /--limit must be a whole number from 1/],
  ['status --nope', /nope/],
  ['runs --limit ten', /--limit must be a whole number/],
  ['runs --cancel 7', /no run id/],
  ['seed --types ,', /--types needs at least one name/],
  ['tail', /Not enough/],
  ['tail no-such-topic', /no topic of ours/],
  ['tail pokepedia.ingest --limit -1', /--limit must be a whole number/],
  ['explain', /Not enough/],
  ['explain pikachu', /no resource path; write pokemon\/25/],
  ['explain pokemon/../25', /no resource path/],
  ['pause', /Not enough/],
  ['pause ingestor', /reason/],
  ['resume', /Not enough/],
  ['verify --older-than 30', /--older-than must be like 90s, 30m, 2h or 30d/],
  ['verify --sample 0', /--sample must be a whole number/],
  ['verify --sample 3 --no-objects', /exclude each other/],
  ['verify --against db.example/pokedex', /--against must be postgres:/],
  ['import', /Not enough/],
  ['import /nowhere --nope', /nope/],
  ['doctor now', /now/],
  ['project', /--rebuild/],
  ['smoke --limit 0', /--limit must be a whole number/],
  ['smoke --within soon', /--within must be like/],
]

const directory = '/nowhere/pokepedia'

const wordsOf = (line: string): string[] => {
  const words = line.split(' ').filter((word) => word !== '')
  return words.length === 0 || words.includes('--directory') ? words : [...words, '--directory', directory]
}

describe('a wrong command line is told in a line, with exit code 2, and nothing is made', async () => {
  const told = await pokepedia(wrong.map(([line]) => wordsOf(line)))
  for (const [at, [line, said]] of wrong.entries()) {
    test(`pokepedia ${line}`, () => {
      const { status, stdout, stderr } = told[at] ?? assert.fail('it was not run')
      assert.equal(status, 2, stderr)
      assert.equal(stdout, '')
      assert.match(stderr, said)
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr)
    })
  }
  test('nothing is made', () => assert.equal(existsSync(directory), false))
})

test('every verb of --help is in the table', async () => {
  const [{ stdout } = assert.fail()] = await pokepedia([['--help']])
  const verbs = [...stdout.matchAll(/^ {2}pokepedia ([a-z]+)/gm)].map(([, verb = '']) => verb)
  assert.ok(verbs.length > 10, stdout)
  for (const verb of verbs)
    assert.ok(
      wrong.some(([line]) => line === verb || line.startsWith(`${verb} `)),
      `${verb} has no wrong command line`,
    )
})

test('--help and --version go to standard output and exit 0', async () => {
  for (const { status, stdout, stderr } of await pokepedia([['--help'], ['up', '--help'], ['--version']])) {
    assert.equal(status, 0)
    assert.notEqual(stdout, '')
    assert.equal(stderr, '')
  }
})

test('a verb that needs a running deployment says how to start one and exits 1', async () => {
  const needy = [
    ['runs'],
    ['dlq', 'list'],
    ['dlq', 'redrive', '--all'],
    ['redrives'],
    ['schedules'],
    ['schedules', 'list'],
    ['schedules', 'enable', 'nightly'],
    ['seed', '--wait'],
    ['seed', '--dry-run', '--types', 'berry'],
    ['topics', 'plan'],
    ['verify'],
    ['smoke'],
    ['explain', 'pokemon/25'],
  ]
  const told = await pokepedia(needy.map((args) => [...args, '--directory', '/nowhere']))
  assert.equal(told.length, needy.length)
  for (const { status, stderr } of told) {
    assert.equal(status, 1, stderr)
    assert.match(stderr, /nothing is running in \/nowhere; start it with `pokepedia up`/)
  }
})
