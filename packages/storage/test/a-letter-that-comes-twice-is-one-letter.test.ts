import assert from 'node:assert/strict'
import { test } from 'node:test'
import { discardLetters, getLetter, indexLetter, letterGroups } from '../src/index.ts'
import { again, letter, lettersOf } from './letters.ts'
import { freshStore } from './support.ts'

test('a record that is read again, and a letter that a crash wrote twice, are entered once', async () => {
  const store = await freshStore()
  await Promise.all([1, 2, 3].map(() => indexLetter(store, letter(1))))
  await indexLetter(store, again(1))
  assert.equal((await lettersOf(store)).length, 1)
})

test('an event that dies again after its letter was given up is another letter; the old record is not', async () => {
  const store = await freshStore()
  await indexLetter(store, letter(1))
  await discardLetters(store, {})
  await indexLetter(store, letter(1))
  await indexLetter(store, again(1))
  assert.deepEqual(
    (await lettersOf(store)).map(({ state }) => state),
    ['discarded'],
  )
  const later = new Date(Date.now() + 60_000)
  await indexLetter(store, again(1, { diedAt: later }))
  await indexLetter(store, again(1, { diedAt: later }))
  assert.deepEqual(
    (await lettersOf(store)).map(({ state }) => state),
    ['discarded', 'open'],
  )
})

test('an event that was redriven and died again is another letter', async () => {
  const store = await freshStore()
  await indexLetter(store, letter(1))
  await indexLetter(store, again(1, { redriveCount: 1 }))
  assert.equal((await lettersOf(store)).length, 2)
})

test('bytes, key and headers come back as they were, whatever is in them', async () => {
  const store = await freshStore()
  const odd = letter(1, {
    key: Buffer.from([0, 200, 10]),
    value: Buffer.from([255, 0, 1]),
    headers: { 'x-odd': 'a\u0000b', 'x-error-code': 'not_json' },
    message: 'nul \u0000',
  })
  await indexLetter(store, odd)
  const [listed] = await lettersOf(store)
  const whole = await getLetter(store, listed?.id ?? 0)
  assert.deepEqual(
    { key: whole?.keyBytes, value: whole?.value, headers: whole?.headers },
    { key: odd.key, value: odd.value, headers: odd.headers },
  )
  assert.deepEqual(whole?.origin, odd.origin)
})

test('letters that failed alike are one group', async () => {
  const store = await freshStore()
  for (const offset of [1, 2, 3]) await indexLetter(store, letter(offset))
  await indexLetter(store, letter(4, { code: 'http_403', fingerprint: 'f2' }))
  const groups = await letterGroups(store, { filter: {}, state: 'open' })
  assert.deepEqual(
    groups.map(({ code, letters, types }) => [code, letters, types]),
    [
      ['not_json', 3, ['pokemon']],
      ['http_403', 1, ['pokemon']],
    ],
  )
})
