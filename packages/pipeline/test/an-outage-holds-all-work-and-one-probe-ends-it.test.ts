import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from '@pokepedia/errors'
import { createGate } from '../src/gate.ts'

test('while a dependency is down one event at a time probes it; when it is back all go on', async () => {
  const changes: boolean[] = []
  const gate = createGate((shutBy) => changes.push(shutBy !== undefined))
  let down = true
  let probing = 0
  let probes = 0
  let done = 0
  const event = async (): Promise<void> => {
    for (;;) {
      await Promise.resolve()
      if (!down) break
      await gate.wait(errors('pg_unavailable', 'down'), new AbortController().signal)
      probes += 1
      probing += 1
      assert.ok(probing <= 1 || !gate.shut, 'two probes at once')
      probing -= 1
      if (probes === 3) down = false
    }
    gate.passed()
    done += 1
  }
  await Promise.all(Array.from({ length: 20 }, event))
  assert.equal(done, 20)
  assert.deepEqual(changes, [true, false])
})

test('a stop ends every wait at once', async () => {
  const gate = createGate(() => undefined)
  const stop = new AbortController()
  const waits = Array.from({ length: 5 }, () => gate.wait(errors('pg_unavailable', 'down'), stop.signal))
  stop.abort()
  await Promise.all(waits)
})
