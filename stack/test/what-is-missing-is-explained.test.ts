import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import { checkPrerequisites } from '../src/local/index.ts'

const path = process.env['PATH'] ?? ''
afterEach(() => {
  process.env['PATH'] = path
})

test('on a machine that has all nothing is said', async () => assert.deepEqual(await checkPrerequisites(), []))

test('without a JDK and Maven both are named with how to install them', async () => {
  process.env['PATH'] = '/nonexistent'
  const lines = await checkPrerequisites()
  assert.equal(lines.length, 2)
  assert.match(lines[0] ?? '', /JDK.*missing.*17.*apt-get install openjdk/)
  assert.match(lines[1] ?? '', /Maven.*missing.*3\.8.*apt-get install maven/)
})

test('a JDK that is too old is told from one that is missing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pokepedia-path-'))
  await writeFile(join(folder, 'java'), '#!/bin/sh\necho \'openjdk version "11.0.2" 2019-01-15\' >&2\n')
  await chmod(join(folder, 'java'), 0o755)
  process.env['PATH'] = `${folder}:${path}`
  assert.match((await checkPrerequisites())[0] ?? '', /11\.0 is too old; install 17/)
  await rm(folder, { recursive: true })
})

test('MinIO that is asked for and is not there is named with how to install it', async () => {
  process.env['PATH'] = '/nonexistent'
  const lines = await checkPrerequisites('minio')
  assert.equal(lines.length, 3)
  assert.match(lines[2] ?? '', /MinIO is missing.*leave out --s3 minio.*go install github[.]com\/minio\/minio@latest/)
})
