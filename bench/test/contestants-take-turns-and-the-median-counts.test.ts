import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compared, speedRatio, targetLine } from '../src/report.ts'
import { median, runRounds } from '../src/rounds.ts'

test('each round has every contestant, prepared before it is measured', async () => {
  const seen: string[] = []
  const contestant = (name: string, rows: number) => ({
    name,
    processes: ['self'],
    prepare: async () => void seen.push(`prepare ${name}`),
    run: async () => {
      seen.push(name)
      return rows
    },
  })
  const options = { rounds: 2, pids: () => ({}), requests: async () => 7, say: () => undefined }
  const measured = await runRounds([contestant('a', 3), contestant('b', 4)], options)
  const round = ['prepare a', 'a', 'prepare b', 'b']
  assert.deepEqual(seen, [...round, ...round])
  assert.deepEqual(
    measured.get('b')?.map(({ rows, requests }) => [rows, requests]),
    [
      [4, 0],
      [4, 0],
    ],
  )
})

test('the middle value counts, and the first contestant is the measure', () => {
  assert.equal(median([9, 1, 2]), 2)
  assert.equal(median([4, 1, 2, 3]), 2.5)
  const of = (seconds: number) => ({
    seconds,
    cpuSeconds: 1,
    cpuBy: {},
    upstreamCpuSeconds: 0,
    requests: 10,
    rows: 100,
  })
  const report = compared(
    'x',
    'y',
    new Map([
      ['base', [of(2), of(50), of(1)]],
      ['other', [of(3), of(3), of(3)]],
    ]),
  )
  assert.deepEqual(report.rows[1], ['other', '3.0 s', '3.00–3.00', '1.50', '1.0 s', '10.0', '0.0 s', '10', '33'])
})

test('a figure is met or missed, and says so', () => {
  const of = (seconds: number) => ({
    seconds,
    cpuSeconds: 1,
    cpuBy: {},
    upstreamCpuSeconds: 0,
    requests: 10,
    rows: 100,
  })
  const measured = new Map([
    ['base', [of(2)]],
    ['slow', [of(4)]],
  ])
  const value = speedRatio(measured, { of: 'slow', to: 'base' })
  assert.equal(value, 0.5)
  assert.equal(targetLine({ what: 'speed', value, atLeast: 0.5 }), 'speed: 0.50; target ≥ 0.5: met')
  assert.equal(targetLine({ what: 'speed', value, atLeast: 0.6 }), 'speed: 0.50; target ≥ 0.6: **missed**')
  assert.equal(
    targetLine({ what: 'wait', value: 20, unit: ' ms', atMost: 15 }),
    'wait: 20.0 ms; target ≤ 15 ms: **missed**',
  )
})

const main = fileURLToPath(new URL('../src/main.js', import.meta.url))
for (const args of [
  [],
  ['nonsense'],
  ['import', '--rounds', '0'],
  ['import', '--pokemon', 'many'],
  ['import', '--nope'],
])
  test(`${JSON.stringify(args)} is a fault of the command line`, () => {
    const { status, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })
    assert.equal(status, 2)
    assert.match(stderr, /usage: npm run bench/)
  })
