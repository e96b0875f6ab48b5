import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { z } from 'zod'
import { configFaults, loadConfig, settings } from '../src/index.ts'

const directory = mkdtempSync(join(tmpdir(), 'pokepedia-secrets-'))
after(() => rmSync(directory, { recursive: true }))
const file = (name: string, content: string): string => {
  writeFileSync(join(directory, name), content)
  return join(directory, name)
}
const schema = z.object({ ...settings.postgres, ...settings.api })
const database = { DATABASE_URL: 'postgres://user:password@db:5432/pokepedia' }
const token = file('token', 'a-token-of-20-letters\n')

test('a secret is read from the file that NAME_FILE names, without the line’s end', () => {
  const config = loadConfig(schema, { DATABASE_URL_FILE: file('url', database.DATABASE_URL), API_TOKEN_FILE: token })
  const rest = { DATABASE_POOL_SIZE: 10, CHANGES_PER_MINUTE: 1_200 }
  assert.deepEqual(config, { ...database, ...rest, API_TOKEN: 'a-token-of-20-letters' })
})

test('a file that is not there, empty, or given beside the variable is told by its name, and no secret is', () => {
  const faults = (env: Record<string, string>): string => configFaults(schema, { ...database, ...env }).join('\n')
  assert.match(faults({ API_TOKEN_FILE: join(directory, 'none') }), /^API_TOKEN_FILE: the file can't be read: .*none/)
  assert.match(faults({ API_TOKEN_FILE: file('empty', ' \n') }), /^API_TOKEN_FILE: the file is empty/)
  assert.equal(
    faults({ API_TOKEN: 'another-token-of-26-letters', API_TOKEN_FILE: token }),
    'API_TOKEN_FILE: API_TOKEN is set, too; remove one of them',
  )
  const short = faults({ API_TOKEN_FILE: file('short', 'hunter2') })
  assert.match(short, /^API_TOKEN: must be 16\.\.512 visible/)
  assert.ok(!short.includes('hunter2'))
})

test('what is no secret is not read from a file, and a slip in the name of one is told', () => {
  const faults = configFaults(schema, { ...database, API_TOKEN_FILE: token, DATABASE_POOL_SIZE_FILE: token })
  assert.deepEqual(faults, [])
  assert.deepEqual(configFaults(schema, { ...database, API_TOKEN: 'a-token-of-20-letters', API_TOKEN_FILES: 'x' }), [
    'API_TOKEN_FILES: is no setting; did you mean API_TOKEN_FILE?',
  ])
})
