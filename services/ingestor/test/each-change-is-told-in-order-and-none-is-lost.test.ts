import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { errors } from '@pokepedia/errors'
import { type ResourceChanged, type ResourcePath, resourcePathSchema } from '@pokepedia/events'
import type { Store } from '@pokepedia/storage'
import { startSendingChanges } from '../src/changes.ts'
import { bench, document, freshStore, log, newRun } from './support.ts'

const waiting = async (store: Store): Promise<number> =>
  (await store.query('test', 'select id from pokepedia_changes')).length
const until = async (what: string, done: () => boolean | Promise<boolean>): Promise<void> => {
  for (const end = Date.now() + 60_000; !(await done()); await delay(25)) assert.ok(Date.now() < end, `no ${what}`)
}

test('new, changed, gone and there again: one event each, acknowledged before the outcome; unchanged: none', async () => {
  const { store, stub, handle, changes } = await bench()
  const runId = await newRun(store)
  const steps: [() => void, string, (change: ResourceChanged | undefined) => object | undefined, object | undefined][] =
    [
      [
        () => stub.answers.set('/berry/1/', document({ name: 'cheri', size: 20, flavors: [1, 2] })),
        'stored',
        (change) => change && { old: change.oldHash, gone: change.gone, pointers: change.pointers, run: change.runId },
        { old: null, gone: false, pointers: [], run: runId },
      ],
      [() => undefined, 'unchanged', (change) => change, undefined],
      [
        () => stub.answers.set('/berry/1/', document({ name: 'cheri', size: 21, flavors: [1, 3], 'a/b': 1 })),
        'stored',
        (change) => change && { pointers: change.pointers.toSorted(), more: change.morePointers },
        { pointers: ['/a~1b', '/flavors/1', '/size'], more: false },
      ],
      [
        () => stub.answers.set('/berry/1/', { status: 404, body: '' }),
        'gone',
        (change) => change && { gone: change.gone, new: change.newHash, pointers: change.pointers },
        { gone: true, new: null, pointers: [] },
      ],
      [() => undefined, 'gone', (change) => change, undefined],
      [
        () => stub.answers.set('/berry/1/', document({ name: 'cheri', size: 21, flavors: [1, 3], 'a/b': 1 })),
        'stored',
        (change) => change && { old: change.oldHash, gone: change.gone, pointers: change.pointers },
        { old: null, gone: false, pointers: [] },
      ],
    ]
  for (const [prepare, outcome, shown, expected] of steps) {
    prepare()
    changes.length = 0
    assert.equal(await handle('berry/1', { runId }), outcome)
    assert.deepEqual(shown(changes[0]), expected)
    assert.equal(changes.length, expected ? 1 : 0)
    assert.equal(await waiting(store), 0)
  }
})

test('hashes lead from one change to the next', async () => {
  const { stub, handle, changes } = await bench()
  for (const size of [1, 2, 3]) {
    stub.answers.set('/berry/1/', document({ size }))
    await handle('berry/1')
  }
  const [first, second, third] = changes
  assert.deepEqual([first?.oldHash, second?.oldHash, third?.oldHash], [null, first?.newHash, second?.newHash])
})

test('a document of more differences than a hundred tells a hundred, and that there are more', async () => {
  const { stub, handle, changes } = await bench()
  const many = (n: number) => Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`k${i}`, i * n]))
  stub.answers.set('/berry/1/', document(many(1)))
  await handle('berry/1')
  stub.answers.set('/berry/1/', document(many(2)))
  await handle('berry/1')
  assert.deepEqual([changes[1]?.pointers.length, changes[1]?.morePointers], [100, true])
})

test('what is committed and not acknowledged is told later, though the next delivery finds it unchanged', async () => {
  const self = await bench()
  self.stub.answers.set('/berry/1/', document({ size: 1 }))
  self.changeFailure = errors('kafka_unavailable', 'no broker')
  await assert.rejects(self.handle('berry/1'), { code: 'kafka_unavailable' })
  assert.equal(await self.handle('berry/1'), 'unchanged')
  assert.deepEqual([self.changes.length, await waiting(self.store)], [0, 1])
  self.changeFailure = undefined
  await until('change', () => self.changes.length > 0)
  await until('empty outbox', async () => (await waiting(self.store)) === 0)
  assert.deepEqual(
    self.changes.map(({ path }) => path),
    ['berry/1'],
  )
})

test('three ingestors, sends that fail: each resource’s changes come in their order, the last of each included', async () => {
  const store = await freshStore()
  const seen = new Map<string, number[]>()
  let sends = 0
  const senders = [1, 2, 3].map(() =>
    startSendingChanges({
      store,
      emit: async ([event]) => {
        sends += 1
        const nth = sends
        await delay(Math.random() * 10)
        // Some were written and the answer was lost, some were not written.
        if (event && nth % 5 !== 0) seen.set(event.path, [...(seen.get(event.path) ?? []), Number(event.newHash)])
        if (nth % 5 === 0 || nth % 7 === 0) throw errors('kafka_unavailable', 'the answer was lost')
      },
      log,
    }),
  )
  after(() => Promise.all(senders.map((sender) => sender[Symbol.asyncDispose]())))
  const CHANGES = 12
  const paths = Array.from({ length: 10 }, (_, i) => resourcePathSchema.parse(`berry/${i}`))
  const change = async (path: ResourcePath): Promise<void> => {
    for (let n = 1; n <= CHANGES; n += 1) {
      const note = 'select pokepedia_note_change($1, null, $2, null, null, null, null, now())'
      await store.query('test', note, [path, String(n)])
      await senders[n % 3]?.send(path).catch(() => undefined)
    }
  }
  await Promise.all(paths.map(change))
  await until('empty outbox', async () => (await waiting(store)) === 0)
  const all = Array.from({ length: CHANGES }, (_, i) => i + 1)
  for (const path of paths) {
    const told = seen.get(path) ?? []
    assert.deepEqual([...new Set(told)], all, `${path}: ${told.join(' ')}`)
    assert.deepEqual(
      told,
      told.toSorted((a, b) => a - b),
      `${path}: ${told.join(' ')}`,
    )
  }
})
