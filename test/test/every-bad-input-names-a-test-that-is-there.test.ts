import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Names of the test files, without `.test.ts`. */
const tests = new Set(
  ['packages', 'services', 'cli', 'stack', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.ts') && !file.includes('node_modules'))
      .map((file) => basename(file, '.test.ts')),
  ),
)
const scripts = readFileSync(join(root, 'package.json'), 'utf8')

const page = readFileSync(join(root, 'docs/bad-input.md'), 'utf8')
const surfaces = page.split(/^## /m).slice(1)

for (const surface of surfaces) {
  const [title = '', ...lines] = surface.split('\n')
  test(`${title}: every bad input has an answer, and a test that is there`, () => {
    const rows = lines.filter((line) => line.startsWith('| ') && !/^\| (input|---) /.test(line))
    assert.ok(rows.length > 5, surface)
    for (const row of rows) {
      const [input, answer, named] = row
        .split('|')
        .slice(1)
        .map((cell) => cell.trim())
      assert.ok(input && answer && named, row)
      const names = [...named.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
      assert.ok(names.length > 0, row)
      for (const name of names) {
        const script = /^npm run (\S+)$/.exec(name)?.[1]
        assert.ok(
          script === undefined ? tests.has(name) : scripts.includes(`"${script}":`),
          `${name} is nowhere: ${row}`,
        )
      }
    }
  })
}

test('the five surfaces are there', () => assert.equal(surfaces.length, 5))
