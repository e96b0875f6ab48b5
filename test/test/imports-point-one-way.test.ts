import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** What the linter says of a file that holds this one import. */
const lint = (file: string, imported: string): string => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['node_modules/@biomejs/biome/bin/biome', 'lint', `--stdin-file-path=${file}`, '--only=style/noRestrictedImports'],
    { cwd: root, input: `import * as x from '${imported}'\nexport { x }\n`, encoding: 'utf8' },
  )
  return `${stdout}${stderr}`
}

const forbidden: [string, string][] = [
  ['packages/errors/src/x.ts', '@pokepedia/events'],
  ['packages/events/src/x.ts', '@pokepedia/service'],
  ['packages/service/src/x.ts', '@pokepedia/storage'],
  ['packages/storage/src/x.ts', '@pokepedia/pipeline'],
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
  ['packages/pipeline/src/x.ts', 'kafkajs'],
  ['cli/src/x.ts', '@pokepedia/stack'],
]
for (const [file, imported] of allowed)
  test(`${file} may import ${imported}`, () => assert.doesNotMatch(lint(file, imported), /noRestrictedImports/))
