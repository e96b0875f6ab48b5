import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { openSchemas } from '../src/schemas.ts'

const stackFile = process.env['POKEPEDIA_TEST_STACK']
if (!stackFile) throw new Error('POKEPEDIA_TEST_STACK names no stack.json; run `npm test`')
const { schemaRegistry: registry } = z
  .object({ schemaRegistry: z.string() })
  .parse(JSON.parse(readFileSync(stackFile, 'utf8')))

const setCompatibility = async (compatibility: string): Promise<void> => {
  const answer = await fetch(`${registry}/config/pokepedia.sprites-value`, {
    method: 'PUT',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ compatibility }),
  })
  assert.equal(answer.status, 200)
}

test('who finds a subject whose compatibility is not set yet waits for the one who sets it', async () => {
  await openSchemas(registry).spriteWriter()
  await setCompatibility('NONE')
  const coming = openSchemas(registry).spriteWriter()
  try {
    // One who gave up would have done so by now.
    await Promise.race([coming, delay(150)])
  } finally {
    await setCompatibility('BACKWARD_TRANSITIVE')
  }
  await coming
})
