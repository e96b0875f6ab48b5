import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

const checkout = mkdtempSync(join(tmpdir(), 'pokepedia-imports-'))
cpSync(join(root, 'biome.json'), join(checkout, 'biome.json'))
after(() => rmSync(checkout, { recursive: true }))

/** What the linter says of a file that holds this one import, at that place of a checkout. */
const lint = (file: string, imported: string): string => {
  mkdirSync(dirname(join(checkout, file)), { recursive: true })
  writeFileSync(join(checkout, file), `import * as x from '${imported}'\nexport { x }\n`)
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
  const args = ['lint', '--vcs-enabled=false', '--only=style/noRestrictedImports', file]
  const { stdout, stderr } = spawnSync(process.execPath, [biome, ...args], { cwd: checkout, encoding: 'utf8' })
  assert.match(`${stdout}${stderr}`, /Checked 1 file/)
  return `${stdout}${stderr}`
}

const forbidden: [string, string][] = [
  ['packages/errors/src/x.ts', '@pokepedia/events'],
  ['packages/events/src/x.ts', '@pokepedia/service'],
  ['packages/service/src/x.ts', '@pokepedia/storage'],
  ['packages/storage/src/x.ts', '@pokepedia/pipeline'],
  ['packages/documents/src/x.ts', '@pokepedia/pipeline'],
  ['packages/pipeline/src/x.ts', '@pokepedia/storage'],
  ['services/ingestor/src/x.ts', '@pokepedia/seeder'],
  ['services/metrics/src/x.ts', '@pokepedia/stack'],
  ['stack/src/x.ts', '@pokepedia/pipeline'],
  ['cli/src/x.ts', '@pokepedia/seeder'],
  ['services/ingestor/src/x.ts', 'kafkajs'],
  ['test/src/x.ts', 'kafkajs'],
]
for (const [file, imported] of forbidden)
  test(`${file} may not import ${imported}`, () => assert.match(lint(file, imported), /noRestrictedImports/))

const allowed: [string, string][] = [
  ['services/ingestor/src/x.ts', '@pokepedia/pipeline'],
  ['services/ingestor/src/x.ts', '@pokepedia/documents'],
  ['packages/pipeline/src/x.ts', 'kafkajs'],
  ['cli/src/x.ts', '@pokepedia/stack'],
]
for (const [file, imported] of allowed)
  test(`${file} may import ${imported}`, () => assert.doesNotMatch(lint(file, imported), /noRestrictedImports/))
