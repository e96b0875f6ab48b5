import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openAdmin, openProducer } from '../src/index.ts'
import { client, freshQueue } from './support.ts'

/** kafkajs looks for requests without an answer ten times a second on each connection, by one timer that stays. */
const MOST_TIMERS_A_SECOND = 50

test('connections without a request set no timer after the other', async () => {
  await using admin = await openAdmin(client)
  await using _producer = await openProducer(client)
  await admin.ranges((await freshQueue([])).name)
  let timers = 0
  const hook = createHook({
    init(_id, type) {
      if (type === 'Timeout') timers += 1
    },
  }).enable()
  // What is measured is a span of time: with nothing to do nothing happens that could be waited for.
  await delay(1_000)
  hook.disable()
  assert.ok(timers < MOST_TIMERS_A_SECOND, `${timers} timers were set within a second`)
})
