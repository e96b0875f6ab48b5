import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../src/main.js', import.meta.url))

/** Runs the command with nothing of a deployment in its environment. */
const pokepedia = (args: readonly string[]): Promise<{ status: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const env = { PATH: process.env['PATH'] }
    execFile(process.execPath, [main, ...args], { env }, (error, stdout, stderr) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    )
  })

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
  ['verify --against db.example/pokedex', /--against must be like postgres:/],
  ['doctor now', /now/],
  ['smoke --limit 0', /--limit must be a whole number/],
  ['smoke --within soon', /--within must be like/],
]

const directory = '/nowhere/pokepedia'

describe('a wrong command line is told in a line, with exit code 2, and nothing is made', { concurrency: 4 }, () => {
  for (const [line, said] of wrong) {
    test(`pokepedia ${line}`, async () => {
      const words = line.split(' ').filter((word) => word !== '')
      const at = words.length === 0 || words.includes('--directory') ? [] : ['--directory', directory]
      const { status, stdout, stderr } = await pokepedia([...words, ...at])
      assert.equal(status, 2, stderr)
      assert.equal(stdout, '')
      assert.match(stderr, said)
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr)
      assert.equal(existsSync(directory), false)
    })
  }
})

test('every verb of --help is in the table', async () => {
  const { stdout } = await pokepedia(['--help'])
  const verbs = [...stdout.matchAll(/^ {2}pokepedia ([a-z]+)/gm)].map(([, verb = '']) => verb)
  assert.ok(verbs.length > 10, stdout)
  for (const verb of verbs)
    assert.ok(
      wrong.some(([line]) => line === verb || line.startsWith(`${verb} `)),
      `${verb} has no wrong command line`,
    )
})

test('--help and --version go to standard output and exit 0', async () => {
  for (const args of [['--help'], ['up', '--help'], ['--version']]) {
    const { status, stdout, stderr } = await pokepedia(args)
    assert.equal(status, 0)
    assert.notEqual(stdout, '')
    assert.equal(stderr, '')
  }
})

test('a verb that needs a running deployment says how to start one and exits 1', async () => {
  for (const args of [
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
  ]) {
    const { status, stderr } = await pokepedia([...args, '--directory', '/nowhere'])
    assert.equal(status, 1, stderr)
    assert.match(stderr, /nothing is running in \/nowhere; start it with `pokepedia up`/)
  }
})
