import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { deploy, seedAndWait, sql } from './support.ts'

const skip =
  spawnSync('minio', ['--version']).status === 0
    ? false
    : 'minio is not on PATH; go install github.com/minio/minio@latest, with $(go env GOPATH)/bin on PATH'

const compiled = (path: string): string => fileURLToPath(new URL(`../../../../${path}`, import.meta.url))
const TESTS = [
  'packages/storage/dist/test/the-object-store-says-what-is-wrong.test.js',
  'packages/storage/dist/test/an-audit-is-right-while-the-bucket-is-written-to.test.js',
  'services/sprite-fetcher/dist/test/no-asset-row-without-its-object.test.js',
  'services/sprite-fetcher/dist/test/an-unchanged-sprite-is-not-downloaded-again.test.js',
].map(compiled)

test('a run puts every image into MinIO, and what holds for the default S3 server holds for it', { skip }, async () => {
  const deployment = await deploy({ upstream: { kind: 'sample', pokemon: 5 }, s3: 'minio' })
  const { endpoint } = deployment.stack.s3
  assert.equal((await fetch(`${endpoint}/minio/health/live`)).status, 200, 'it is MinIO that answers')

  const run = await seedAndWait(deployment, {})
  assert.equal(run.state, 'completed')
  const [row] = await sql(deployment, 'select count(*)::int as images from pokepedia_assets')
  assert.ok(Number(row?.['images']) > 0)
  assert.equal(run.counts['pokepedia.sprites']?.['stored'], run.counts['pokepedia.sprites']?.['requested'])

  // Each of them takes addresses from the file of the stack that it is to use.
  const env = { ...process.env, POKEPEDIA_TEST_STACK: deployment.layout.stackJson, NODE_TEST_CONTEXT: undefined }
  await promisify(execFile)(process.execPath, ['--test', ...TESTS], { env })
})
