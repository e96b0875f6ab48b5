import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../src/main.js', import.meta.url))
const pokepedia = (args: readonly string[]) => spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })

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
]

for (const [line, said] of wrong) {
  test(`pokepedia ${line}`, () => {
    const { status, stdout, stderr } = pokepedia(line.split(' ').filter((word) => word !== ''))
    assert.equal(status, 2)
    assert.equal(stdout, '')
    assert.match(stderr, said)
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr)
  })
}

test('--help and --version go to standard output and exit 0', () => {
  for (const args of [['--help'], ['up', '--help'], ['--version']]) {
    const { status, stdout, stderr } = pokepedia(args)
    assert.equal(status, 0)
    assert.notEqual(stdout, '')
    assert.equal(stderr, '')
  }
})

test('a verb that needs a running deployment says how to start one and exits 1', () => {
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
  ]) {
    const { status, stderr } = pokepedia([...args, '--directory', '/nowhere'])
    assert.equal(status, 1, stderr)
    assert.match(stderr, /nothing is running in \/nowhere; start it with `pokepedia up`/)
  }
})
