import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { apiData, freshDatabase, freshFolder, importInto, start, UPSTREAM } from './import-support.ts'

test('each faulty file is named with its reason, the rest is stored, exit 1', async () => {
  const { folder, root, resources } = await apiData(2)
  const { url, store } = await freshDatabase()
  const put = (place: string, content: string): void => {
    mkdirSync(join(root, place), { recursive: true })
    writeFileSync(join(root, place, 'index.json'), content)
  }
  put('berry/901', '<html>')
  put('berry/902', '{"name":')
  put('berry/903', '7')
  put('berry/904', '{"name":"a\\u0000b"}')
  put('berry/905', `{"name":"${'x'.repeat(100)}"}`)
  mkdirSync(join(root, 'berry/906'))
  symlinkSync('nowhere', join(root, 'berry/906/index.json'))
  put('berry/907/deeper', '{}')
  writeFileSync(join(root, 'berry/readme.txt'), 'hello')

  const { code, counts, skipped } = await importInto(url, folder)
  assert.equal(code, 1)
  assert.deepEqual(counts, { stored: resources + 1, unchanged: 0, superseded: 0 })
  const found = Object.fromEntries(skipped.map(({ reason, count, examples }) => [reason, [count, examples[0]?.name]]))
  const { list, index, ...faults } = found
  assert.deepEqual(index, [2, 'index.json'])
  assert.ok(list?.[0] === 49, `${list?.[0]} lists`)
  assert.deepEqual(faults, {
    not_json: [1, 'berry/901/index.json'],
    json_invalid: [2, 'berry/902/index.json'],
    json_not_storable: [1, 'berry/904/index.json'],
    unreadable: [1, 'berry/906/index.json'],
    unknown: [2, 'berry/907/deeper/index.json'],
  })
  assert.deepEqual(await store.query('reading', "select path from pokeapi_resources where path like 'berry/90_'"), [
    { path: 'berry/905' },
  ])
})

const nothing = async (): Promise<{ url: string; untouched: () => Promise<void> }> => {
  const { url, store } = await freshDatabase()
  const untouched = async () =>
    assert.deepEqual(await store.query('counting', 'select count(*)::int as n from pokeapi_resources'), [{ n: 0 }])
  return { url, untouched }
}

const empty = freshFolder()
writeFileSync(join(empty, 'index.json'), '["no index of an API"]')
writeFileSync(join(empty, 'words.tar'), 'no archive')
execFileSync('tar', ['-cf', join(empty, 'other.tar'), '-C', empty, 'words.tar'])

const bad: readonly (readonly [string, string, RegExp])[] = [
  ['a directory that is not there', join(empty, 'nowhere'), /can't be read/],
  ['a directory of something else', empty, /has no data\/api\/v2\/index.json/],
  ['a file that is no archive', join(empty, 'words.tar'), /neither a directory nor a .tar/],
  ['an archive of something else', join(empty, 'other.tar'), /has no api\/v2\/ in it/],
]
for (const [what, place, said] of bad)
  test(`${what} is refused with exit 2, and nothing changes`, async () => {
    const { url, untouched } = await nothing()
    const { code, stderr } = await start(['import', place, '--database', url, '--upstream', UPSTREAM]).ended
    assert.equal(code, 2)
    assert.match(stderr, said)
    await untouched()
  })

test('an archive that ends early fails with exit 1', async () => {
  const { folder } = await apiData(1)
  const { url } = await nothing()
  for (const flags of ['-cf', '-czf', '-cJf']) {
    const file = join(empty, 'cut.tar')
    execFileSync('tar', [flags, file, '-C', folder, 'data'])
    truncateSync(file, 20_000)
    const { code, stderr } = await start(['import', file, '--database', url, '--upstream', UPSTREAM]).ended
    assert.equal(code, 1, stderr)
    assert.match(stderr, /can't be read to its end/)
  }
})

const lines: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['no place', ['import'], /Not enough/],
  ['no deployment', ['import', empty, '--directory', empty], /nothing is running|index.json/],
  ['sprites without a deployment', ['import', empty, '--sprites', '--database', 'postgres://h/d'], /--sprites needs/],
  ['a database that is none', ['import', empty, '--database', 'mysql://h/d'], /--database must be/],
  ['an upstream that is none', ['import', empty, '--upstream', 'pokeapi.co'], /--upstream must be/],
]
for (const [what, args, said] of lines)
  test(`${what} is a fault of the command line`, async () => {
    const { code, stderr } = await start(args).ended
    assert.equal(code, 2, stderr)
    assert.match(stderr, said)
  })
