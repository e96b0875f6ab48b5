import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { classify, type ErrorCode } from '@pokepedia/errors'
import { z } from 'zod'
import {
  type Decode,
  decodeResourceChanged,
  decodeResourceRequested,
  decodeSpriteRequested,
  resourceRequestedFromJson,
  spriteRequestedFromJson,
} from '../src/index.ts'
import { changesTopic, ingestQueue, spritesQueue } from '../src/queues.ts'
import { openSchemas } from '../src/schemas.ts'

// What people type is in what-a-person-types-becomes-an-event-or-a-clear-error; docs/bad-input.md lists both.

const stackFile = process.env['POKEPEDIA_TEST_STACK']
if (!stackFile) throw new Error('POKEPEDIA_TEST_STACK names no stack.json; run `npm test`')
const { schemaRegistry } = z.object({ schemaRegistry: z.string() }).parse(JSON.parse(readFileSync(stackFile, 'utf8')))

const ROOT = 'https://pokeapi.co/api/v2/'
const schemas = openSchemas(schemaRegistry)
const decoders: Readonly<Record<string, Decode<unknown>>> = {
  ingest: decodeResourceRequested(schemas.reader(ingestQueue), ROOT),
  sprites: decodeSpriteRequested(schemas.reader(spritesQueue)),
  changes: decodeResourceChanged(schemas.reader(changesTopic)),
}

const resource = resourceRequestedFromJson({ path: 'pokemon/25' }, ROOT)
const sprite = spriteRequestedFromJson({ url: 'https://raw.githubusercontent.com/25.png' })
const sound: Readonly<Record<string, Buffer>> = {
  ingest: await (await schemas.resourceWriter()).write(resource),
  sprites: await (await schemas.spriteWriter()).write(sprite),
  changes: await (await schemas.changeWriter()).write({
    path: resource.path,
    oldHash: null,
    newHash: 'a'.repeat(64),
    pointers: ['/name'],
    morePointers: false,
    gone: false,
    runId: null,
    changedAt: 1_700_000_000_000,
  }),
}

/** The wire format with another schema id. */
const withId = (id: number, event: Buffer): Buffer => {
  const value = Buffer.from(event)
  value.writeInt32BE(id, 1)
  return value
}

type Spoil = (event: Buffer, another: Buffer) => Buffer | null
const spoiled: readonly (readonly [string, Spoil, RegExp])[] = [
  ['a tombstone', () => null, /no value/],
  ['an empty value', () => Buffer.alloc(0), /./],
  ['magic byte 1', (event) => Buffer.concat([Buffer.from([1]), event.subarray(1)]), /./],
  ['4 bytes', (event) => event.subarray(0, 4), /only 4 bytes/],
  ['the header alone', (event) => event.subarray(0, 5), /truncated/],
  ['an event without its last byte', (event) => event.subarray(0, -1), /truncated/],
  ['an event with a byte too many', (event) => Buffer.concat([event, Buffer.from([0])]), /trailing/],
  ['a schema id that nobody registered', (event) => withId(0x7fff_ffff, event), /schema id 2147483647/],
  ['schema id 0', (event) => withId(0, event), /schema id 0/],
  ['a schema id below 0', (event) => withId(-1, event), /schema id -1/],
  ["another topic's event", (_event, another) => another, /no alias found|schema id/],
  ["the right id before another topic's event", (event, another) => withId(event.readInt32BE(1), another), /./],
  ['a text of 2^62 bytes', (event) => Buffer.concat([event.subarray(0, 5), Buffer.alloc(9, 0xfe)]), /./],
  ['a megabyte of zeros', () => Buffer.alloc(1_000_000), /./],
]

/** A code and, of an error of ours, that it is one that stops nobody: dead, with words. */
const codeOf = async (decoding: Promise<unknown>, says: RegExp): Promise<ErrorCode> => {
  const error = await decoding.then((event) => assert.fail(`taken as ${JSON.stringify(event)}`), classify)
  assert.equal(error.class, 'dead', `${error.code}: ${error.message}`)
  assert.match(error.message, says)
  return error.code
}

/** A change whose list of pointers has another count: two bytes before its one pointer, the length lies between. */
const listed = (...count: readonly number[]): Buffer => {
  const event = sound['changes'] ?? assert.fail()
  const at = event.indexOf('/name') - 2
  return Buffer.concat([event.subarray(0, at), Buffer.from(count), event.subarray(at + 1)])
}

test('changes: a list with a count of billions is undecodable, not the end of the process', async () => {
  const { changes } = decoders
  assert.ok(changes)
  assert.ok(await changes(listed(0x02)), 'the count as it was')
  const billions = [0x80, 0x80, 0x80, 0x80, 0x08]
  assert.equal(await codeOf(changes(listed(...billions)), /1073741824 entries/), 'undecodable')
  const belowZero = [0xff, 0xff, 0xff, 0xff, 0x07, 0x00]
  assert.equal(await codeOf(changes(listed(...belowZero)), /1073741824 entries/), 'undecodable')
})

for (const [topic, decode] of Object.entries(decoders)) {
  const event = sound[topic] ?? assert.fail(topic)
  const another = sound[topic === 'sprites' ? 'ingest' : 'sprites'] ?? assert.fail()
  test(`${topic}: a sound event is read, so that each fault below is the reason of its refusal`, async () => {
    assert.ok(await decode(event))
  })
  for (const [what, spoil, says] of spoiled)
    test(`${topic}: ${what} is undecodable`, async () => {
      assert.equal(await codeOf(decode(spoil(event, another)), says), 'undecodable')
    })
}

const hundredLevels = `${'['.repeat(100)}${']'.repeat(100)}`
const typed: readonly (readonly [string, string, ErrorCode])[] = [
  ['JSON whose path is a list', '{"path":["pokemon/25"]}', 'undecodable'],
  ['JSON whose path is an object', '{"path":{"toString":"pokemon/25"}}', 'undecodable'],
  ['JSON whose path is of 100 levels', `{"path":${hundredLevels}}`, 'undecodable'],
  ['JSON of 50,000 levels', `{"path":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 'undecodable'],
  ['JSON whose run is none', '{"path":"pokemon/25","runId":"x"}', 'undecodable'],
  ['JSON of a time that is none', '{"path":"pokemon/25","requestedAt":-1}', 'undecodable'],
  ['a path of another shape under __proto__', '{"__proto__":{"path":"pokemon/25"}}', 'undecodable'],
  ['a URL of another host', 'https://elsewhere.test/api/v2/pokemon/25/', 'host_refused'],
  ['a decimal address', 'http://2130706433/api/v2/pokemon/25/', 'host_refused'],
  ['an IPv4-mapped address', 'http://[::ffff:127.0.0.1]/api/v2/pokemon/25/', 'host_refused'],
  ['a metadata address', 'http://169.254.169.254/latest/meta-data/', 'host_refused'],
  ['the host as credentials', 'https://pokeapi.co@127.0.0.1/api/v2/pokemon/25/', 'host_refused'],
  ['a URL of 64 kB', `${ROOT}pokemon/${'1'.repeat(65_536)}/`, 'path_invalid'],
  ['a path of 64 kB', `pokemon/${'1'.repeat(65_536)}`, 'path_invalid'],
  ['UTF-16', Buffer.from('pokemon/25', 'utf16le').toString('latin1'), 'path_invalid'],
]
for (const [what, text, code] of typed)
  test(`ingest: ${what} is ${code}`, async () => {
    const decode = decoders['ingest'] ?? assert.fail()
    assert.equal(await codeOf(decode(Buffer.from(text)), /.{10}/), code)
  })

test('JSON with a URL of another host beside a good path is refused where it would be fetched, not here', async () => {
  const decode = decodeResourceRequested(schemas.reader(ingestQueue), ROOT)
  const event = await decode(Buffer.from('{"path":"pokemon/25","url":"http://127.0.0.1/"}'))
  assert.equal(event.url, 'http://127.0.0.1/')
})

test('a slash at the end of the registry’s address changes nothing', async () => {
  const slashed = openSchemas(`${schemaRegistry}/`)
  await slashed.ping()
  const decode = decodeSpriteRequested(slashed.reader(spritesQueue))
  assert.deepEqual(await decode(sound['sprites'] ?? null), sprite)
  await slashed.resourceWriter()
})
