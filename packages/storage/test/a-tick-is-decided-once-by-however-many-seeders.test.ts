import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  applyScheduleFile,
  closeFinishedRuns,
  type DueSchedule,
  decideTicks,
  dueSchedules,
  listSchedules,
  putSchedules,
  removeSchedule,
  runSchedule,
  type ScheduleToPut,
  setRunning,
} from '../src/index.ts'
import { freshStore } from './support.ts'

const store = await freshStore()
const SECOND_MS = 1_000
const anHourAgo = new Date(Date.now() - 3_600_000)

const schedule = (name: string, changes: Partial<ScheduleToPut> = {}): ScheduleToPut => ({
  name,
  cron: '* * * * * *',
  timeZone: 'UTC',
  request: { types: ['berry'] },
  requestHash: 'h',
  enabled: true,
  note: '',
  catchUp: 'once',
  nextAt: new Date(anHourAgo.getTime() + SECOND_MS),
  ...changes,
})
const put = (schedules: ScheduleToPut[], replace = false) => putSchedules(store, schedules, { at: anHourAgo, replace })
const due = async (name: string): Promise<DueSchedule> =>
  (await dueSchedules(store)).find((one) => one.name === name) ?? assert.fail(`${name} is not due`)
const fire = (reading: DueSchedule, at: Date) =>
  decideTicks(store, reading, {
    until: at,
    nextAt: new Date(at.getTime() + SECOND_MS),
    missed: 0,
    missedAt: null,
    cause: null,
    due: at,
  })
const one = async (name: string) => (await listSchedules(store, name))[0] ?? assert.fail(`there is no ${name}`)
const runsOf = (name: string) =>
  store.query('test', 'select id, trigger, request, state from pokepedia_runs where schedule = $1 order by id', [name])

test('of eight seeders that decide on the same tick one makes a run', async () => {
  await put([schedule('raced')])
  const reading = await due('raced')
  const at = new Date(anHourAgo.getTime() + SECOND_MS)
  const decided = await Promise.all(Array.from({ length: 8 }, () => fire(reading, at)))
  const fired = decided.filter(({ outcome }) => outcome === 'fired')
  assert.equal(fired.length, 1)
  assert.equal(decided.filter(({ outcome }) => outcome === null).length, 7)
  const id = fired[0]?.runId
  assert.deepEqual(await runsOf('raced'), [
    { id, trigger: 'schedule', request: { types: ['berry'] }, state: 'discovering' },
  ])
  const { lastRun, lastTick, missed, skipped } = await one('raced')
  assert.equal(lastRun?.id, id)
  assert.deepEqual(
    { lastTick, missed, skipped },
    { lastTick: { dueAt: at, outcome: 'fired', cause: null }, missed: 0, skipped: 0 },
  )
})

test('a tick that meets an open run of its schedule is skipped, with the run as the cause', async () => {
  const at = new Date(anHourAgo.getTime() + 2 * SECOND_MS)
  const [open] = await runsOf('raced')
  assert.equal((await fire(await due('raced'), at)).outcome, 'skipped')
  const { lastTick, skipped } = await one('raced')
  assert.equal((await runsOf('raced')).length, 1)
  assert.equal(skipped, 1)
  assert.deepEqual(lastTick, { dueAt: at, outcome: 'skipped', cause: `run ${Object(open)['id']} is still going` })
  const made = await runSchedule(store, 'raced', undefined)
  assert.equal(made?.open, Object(open)['id'])
  assert.equal((await runsOf('raced')).length, 1)
})

test('a run that completes is the last success, and the next tick fires again', async () => {
  assert.equal((await one('raced')).lastSuccessAt, null)
  const { lastRun } = await one('raced')
  await setRunning(store, lastRun?.id ?? assert.fail())
  await closeFinishedRuns(store)
  assert.ok((await one('raced')).lastSuccessAt)
  assert.equal((await fire(await due('raced'), new Date(anHourAgo.getTime() + 3 * SECOND_MS))).outcome, 'fired')
})

test('who has read the schedule before it was edited decides nothing', async () => {
  await put([schedule('edited')])
  const reading = await due('edited')
  await put([schedule('edited', { note: 'another' })])
  assert.equal((await fire(reading, anHourAgo)).outcome, null)
  await put([schedule('edited', { enabled: false, nextAt: null })])
  assert.equal((await fire(reading, anHourAgo)).outcome, null)
  assert.deepEqual(await runsOf('edited'), [])
})

test('a note leaves the due tick alone, another time begins anew', async () => {
  const later = new Date()
  const next = new Date(later.getTime() + 60_000)
  await put([schedule('kept')])
  await putSchedules(store, [schedule('kept', { note: 'x', nextAt: next })], { at: later, replace: false })
  assert.equal((await due('kept')).decidedUntil.getTime(), anHourAgo.getTime())
  await putSchedules(store, [schedule('kept', { cron: '0 3 * * *', nextAt: next })], { at: later, replace: false })
  assert.deepEqual((await one('kept')).nextAt, next)
  assert.ok(!(await dueSchedules(store)).some(({ name }) => name === 'kept'))
})

test('a schedule that is removed and made anew does not fire a tick again', async () => {
  const at = new Date(anHourAgo.getTime() + SECOND_MS)
  await put([schedule('anew')])
  await fire(await due('anew'), at)
  assert.equal(await removeSchedule(store, 'anew'), true)
  assert.equal(await removeSchedule(store, 'anew'), false)
  await store.query('test', "update pokepedia_runs set state = 'cancelled' where schedule = 'anew'")
  await put([schedule('anew')])
  assert.notEqual((await fire(await due('anew'), at)).outcome, 'fired')
  assert.equal((await runsOf('anew')).length, 1)
})

test('missed ticks are one row and a count', async () => {
  await put([schedule('late')])
  const missedAt = new Date(anHourAgo.getTime() + 5 * SECOND_MS)
  const decision = { until: missedAt, nextAt: new Date(), missed: 5, missedAt, cause: 'nobody was there', due: null }
  assert.equal((await decideTicks(store, await due('late'), decision)).outcome, 'missed')
  const { missed, lastTick, lastRun } = await one('late')
  assert.deepEqual({ missed, lastRun }, { missed: 5, lastRun: null })
  assert.deepEqual(lastTick, { dueAt: missedAt, outcome: 'missed', cause: 'nobody was there' })
})

test('putting the whole set removes the others, and putting it again changes nothing', async () => {
  const set = [schedule('a', { enabled: false, nextAt: null }), schedule('b', { enabled: false, nextAt: null })]
  await put(set, true)
  const rows = () => store.query('test', 'select * from pokepedia_schedules order by name')
  const before = await rows()
  assert.deepEqual(
    (await listSchedules(store)).map(({ name }) => name),
    ['a', 'b'],
  )
  await put(set, true)
  assert.deepEqual(await rows(), before)
})

test('edits win until the version of the file rises; what the file names no more is removed, what it never named stays', async () => {
  const names = async () => (await listSchedules(store)).map(({ name, note }) => `${name} ${note}`.trim())
  const apply = (version: number, contentHash: string, ...schedules: ScheduleToPut[]) =>
    applyScheduleFile(store, { version, contentHash, schedules, at: anHourAgo })
  await put([schedule('mine')], true)
  const first = [schedule('nightly', { note: 'v1' }), schedule('weekly')]
  const results = await Promise.all([1, 2, 3].map(() => apply(1, 'x', ...first)))
  assert.deepEqual(results.sort(), ['applied', 'known', 'known'])
  assert.deepEqual(await names(), ['mine', 'nightly v1', 'weekly'])
  await put([schedule('nightly', { note: 'edited' })])
  await removeSchedule(store, 'weekly')
  assert.equal(await apply(1, 'x', ...first), 'known')
  assert.equal(await apply(1, 'y', ...first), 'changed')
  assert.deepEqual(await names(), ['mine', 'nightly edited'])
  assert.equal(await apply(3, 'z', schedule('weekly', { note: 'v3' })), 'applied')
  assert.deepEqual(await names(), ['mine', 'weekly v3'])
  assert.equal(await apply(2, 'w'), 'older')
  assert.deepEqual(await names(), ['mine', 'weekly v3'])
})
