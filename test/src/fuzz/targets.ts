import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { resourceOf } from '@pokepedia/documents'
import { classify, type ErrorCode } from '@pokepedia/errors'
import {
  attemptOf,
  changesTopic,
  type Decode,
  decodeResourceChanged,
  decodeResourceRequested,
  decodeSpriteRequested,
  HEADER,
  httpStatusOf,
  ingestQueue,
  lastFailedAtOf,
  notBeforeOf,
  originalTimestampOf,
  originOf,
  redriveCountOf,
  redrivenOf,
  resourcePath,
  runIdOf,
  spritesQueue,
  traceparentOf,
} from '@pokepedia/events'
import { openSchemas } from '@pokepedia/events/schemas'
import { jsonObjectOf } from '@pokepedia/service'
import avsc from 'avsc'
import fc from 'fast-check'
import { spoiled } from './mutations.ts'

/** What is fuzzed: bytes, and what they are put into. It throws only when the code under test has a defect. */
export interface Target {
  readonly name: string
  readonly input: fc.Arbitrary<unknown>
  readonly check: (input: unknown) => Promise<void>
}

const ROOT = 'https://pokeapi.co/api/v2/'
const folder = new URL('../../../../schemas/history/', import.meta.url)

/** Every version of every schema that was ever on main; its place, from 1, is its id. */
const versions = readdirSync(folder)
  .toSorted()
  .map((file, i) => ({ id: i + 1, file, text: readFileSync(new URL(file, folder), 'utf8') }))

/** The one question that a decoder asks a registry, answered from the repository: a million times a minute is too often for a real one. */
const openRegistry = async () => {
  const server = createServer((request, response) => {
    const id = Number(/^\/schemas\/ids\/(\d+)$/.exec(request.url ?? '')?.[1])
    const found = versions.find((version) => version.id === id)
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(found ? { schema: found.text } : { error_code: 40403, message: 'Schema not found' }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Events of every version with random values, in the wire format. */
const encoded = versions.flatMap(({ id, text }) => {
  const type = avsc.Type.forSchema(JSON.parse(text))
  const head = Buffer.alloc(5)
  head.writeInt32BE(id, 1)
  return Array.from({ length: 5 }, () => Buffer.concat([head, type.toBuffer(type.random())]))
})
const typed = [
  ...['pokemon/25', `${ROOT}pokemon/25/`, '{"path":"pokemon/25/encounters","force":true}', 'http://h/a.png'],
  '{"url":"https://raw.githubusercontent.com/25.png","jsonPointer":"/sprites/0","requestedAt":1700000000000}',
].map((text) => Buffer.from(text))
const events = spoiled([...encoded, ...typed])

/** Only these are answers; anything else that is thrown is a defect. */
const throwsOnly = async (codes: readonly ErrorCode[], work: () => unknown): Promise<void> => {
  try {
    await work()
  } catch (thrown) {
    const { code } = classify(thrown)
    if (!codes.includes(code)) throw thrown
  }
}

const bytesOf = (input: unknown): Buffer => (Buffer.isBuffer(input) ? input : assert.fail('no bytes'))

const decoding = <Event>(name: string, decode: Decode<Event>): Target => ({
  name: `events of ${name}`,
  input: events,
  check: (input) => throwsOnly(['undecodable', 'path_invalid', 'host_refused'], () => decode(bytesOf(input))),
})

const headerTexts = spoiled(
  ['1', '1700000000000', '01890000-0000-7000-8000-000000000000', 'pokepedia.ingest', '503'].map((text) =>
    Buffer.from(text),
  ),
).map((bytes) => bytes.toString('utf8'))
const headerNames = [...Object.values(HEADER), 'tracestate', '__proto__']
const headers = fc.dictionary(fc.constantFrom(...headerNames), headerTexts)

const reading: Target = {
  name: 'headers',
  input: headers,
  async check(input) {
    const given = Object.fromEntries(Object.entries(Object(input)).map(([name, value]) => [name, String(value)]))
    const numbers = [attemptOf, notBeforeOf, originalTimestampOf, lastFailedAtOf, httpStatusOf, redriveCountOf]
    for (const read of numbers) {
      const number = read(given) ?? 0
      assert.ok(Number.isSafeInteger(number) && number >= 0, `${read.name} read ${number}`)
    }
    for (const read of [runIdOf, originOf, redrivenOf, traceparentOf]) read(given)
  },
}

const documents = [
  '{"id":25,"name":"pikachu","height":4,"types":[{"slot":1,"type":{"name":"electric","url":"/"}}],"sprites":{"front_default":"http://h/25.png","other":{"showdown":{"front_default":null}}},"stats":[{"base_stat":35,"stat":{"name":"hp"}}],"cries":{"latest":"http://h/25.ogg"}}',
  '[{"location_area":{"name":"trophy-garden-area","url":"/"},"version_details":[{"max_chance":1e1}]}]',
  '\uFEFF{"n":12345678901234567890,"m":[-0.0,1e400,{"a":{"b":{"c":[]}}}],"t":"é\\ud83d\\ude00\\u0000"}',
].map((text) => Buffer.from(text))

const parsing: Target = {
  name: 'documents',
  input: fc.tuple(spoiled(documents), fc.constantFrom('pokemon/25', 'pokemon/25/encounters', 'berry/1')),
  async check(input) {
    const [body, path]: unknown[] = Array.isArray(input) ? input : []
    const url = `${ROOT}${path}/`
    const answer = { body: bytesOf(body), contentType: 'application/json', url }
    await throwsOnly(['json_invalid', 'not_json'], () =>
      resourceOf({ path: resourcePath(String(path)), url }, jsonObjectOf(answer)),
    )
  },
}

/** The decoders of every topic, the readers of headers and the parser of documents, with a registry of their own. */
export const openTargets = async () => {
  const registry = await openRegistry()
  const schemas = openSchemas(registry.url)
  const targets: readonly Target[] = [
    decoding(ingestQueue.name, decodeResourceRequested(schemas.reader(ingestQueue), ROOT)),
    decoding(spritesQueue.name, decodeSpriteRequested(schemas.reader(spritesQueue))),
    decoding(changesTopic.name, decodeResourceChanged(schemas.reader(changesTopic))),
    reading,
    parsing,
  ]
  return { targets, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() }
}
