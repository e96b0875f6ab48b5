import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { report } from '../src/tables.ts'

const page = readFileSync(new URL('../../../docs/sizing.md', import.meta.url), 'utf8')

test('every table of the page is what npm run simulate prints now', () => {
  const [, shown] = /```sh\nnpm run simulate\n```\n\n```text\n([\s\S]+?)\n```/.exec(page) ?? []
  assert.equal(shown, report(), 'put the output of npm run simulate into docs/sizing.md')
})
