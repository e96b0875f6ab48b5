import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { errorClassOf, isPipelineError } from '@pokepedia/errors'
import { z } from 'zod'
import { decodeSpriteRequested, spriteRequestedFromJson } from '../src/index.ts'
import { spritesQueue } from '../src/queues.ts'
import { openSchemas } from '../src/schemas.ts'

const stackSchema = z.object({ schemaRegistry: z.string(), secured: z.object({ registryPort: z.number() }) })
const { schemaRegistry, secured } = stackSchema.parse(
  JSON.parse(readFileSync(process.env['POKEPEDIA_TEST_STACK'] ?? '', 'utf8')),
)

/** The registry's own HTTPS listener, at a name of this machine. */
const at = (protocol: string, host: string): string =>
  `${protocol}://${host}:${secured.registryPort}${new URL(schemaRegistry).pathname}`

test('a schema is registered and read over TLS, by the authorities of NODE_EXTRA_CA_CERTS', async () => {
  const event = spriteRequestedFromJson({ url: 'https://raw.githubusercontent.com/25.png' })
  const address = at('https', '127.0.0.1')
  const value = await (await openSchemas(address).spriteWriter()).write(event)
  const another = openSchemas(address)
  await another.ping()
  const decode = decodeSpriteRequested(another.reader(spritesQueue))
  assert.equal((await decode(value)).url, event.url)
})

for (const [what, address, says] of [
  ['at a name that its certificate has not', at('https', 'localhost'), /altnames/],
  ['in the clear where it wants TLS', at('http', '127.0.0.1'), /does not answer/],
] as const)
  test(`a registry ${what} is not spoken to: that is an outage, which costs no event`, async () => {
    const schemas = openSchemas(address)
    await assert.rejects(schemas.ping(), says)
    await assert.rejects(schemas.spriteWriter(), (error) => {
      assert.ok(isPipelineError(error))
      assert.deepEqual([error.code, errorClassOf(error.code)], ['registry_unavailable', 'pause'])
      return true
    })
  })
