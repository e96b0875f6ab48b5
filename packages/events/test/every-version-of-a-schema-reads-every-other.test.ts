import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import avsc, { type Type } from 'avsc'
import { z } from 'zod'

// schemas/history has every version that was ever on main, numbered; the newest is the one in schemas/.

const folder = new URL('../../../../schemas/', import.meta.url)
const schemaSchema = z.looseObject({
  type: z.literal('record'),
  name: z.string(),
  fields: z.array(z.looseObject({ name: z.string() })),
})
type Schema = z.infer<typeof schemaSchema>

const read = (file: string): Schema => schemaSchema.parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8')))
const typeOf = (schema: Schema): Type => avsc.Type.forSchema(JSON.parse(JSON.stringify(schema)))

const numberOf = (file: string): number => Number(/\.([0-9]+)\.avsc$/.exec(file)?.[1])
const versionsOf = (name: string): Schema[] =>
  readdirSync(new URL('history/', folder))
    .filter((file) => file.startsWith(`${name}.`))
    .toSorted((one, other) => numberOf(one) - numberOf(other))
    .map((file) => read(`history/${file}`))

const fieldsOf = (record: unknown): Record<string, unknown> => ({ ...Object(record) })

/** What a reader makes of a hundred random values of a writer: those of the fields that both have are the same. */
const assertReads = (reader: Schema, writer: Schema): void => {
  const [from, to] = [typeOf(writer), typeOf(reader)]
  const resolver = to.createResolver(from)
  const shared = reader.fields
    .map(({ name }) => name)
    .filter((name) => writer.fields.some((field) => field.name === name))
  for (let i = 0; i < 100; i += 1) {
    const written = from.random()
    const value = fieldsOf(written)
    const seen = fieldsOf(to.fromBuffer(from.toBuffer(written), resolver))
    for (const name of shared) assert.deepEqual(seen[name], value[name], name)
  }
}

const assertAllRead = (versions: readonly Schema[]): void => {
  for (const reader of versions) for (const writer of versions) assertReads(reader, writer)
}

for (const name of ['ResourceRequested', 'SpriteRequested', 'ResourceChanged']) {
  test(`${name}: the newest version of the history is the one in use, and each reads each`, () => {
    const versions = versionsOf(name)
    assert.deepEqual(versions.at(-1), read(`${name}.avsc`), `add this version to schemas/history/${name}.N.avsc`)
    assertAllRead(versions)
  })
}

test('a field with a default is read both ways, one without is refused, and so is a type that changed', () => {
  const current = read('ResourceRequested.avsc')
  const withField = (field: Schema['fields'][number]): Schema => ({ ...current, fields: [...current.fields, field] })
  assertAllRead([current, withField({ name: 'priority', type: 'int', default: 0 })])
  assert.throws(() => assertAllRead([current, withField({ name: 'priority', type: 'int' })]))
  const changed = current.fields.map((field) =>
    field.name === 'force' ? { ...field, type: 'string', default: '' } : field,
  )
  assert.throws(() => assertAllRead([current, { ...current, fields: changed }]))
})
