import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'pokepedia-shipped-'))
after(() => rmSync(directory, { recursive: true }))

const script = (name: string, args: string[] = []) => {
  const env = { ...process.env, PATH: `${directory}${delimiter}${process.env['PATH'] ?? ''}` }
  return spawnSync(process.execPath, [join(root, 'scripts', name), ...args], { cwd: root, encoding: 'utf8', env })
}

/** What npm prints for `npm audit --json`. */
const audit = (answer: object) => {
  writeFileSync(join(directory, 'answer.json'), JSON.stringify(answer))
  writeFileSync(join(directory, 'npm'), `#!/bin/sh\ncat '${join(directory, 'answer.json')}'\nexit 1\n`, { mode: 0o755 })
  return script('audit.mjs')
}
const counts = (high: number, moderate: number) => ({
  metadata: { vulnerabilities: { low: 0, moderate, high, critical: 0, total: high + moderate } },
})
const hole = { name: 'leftpad', severity: 'high', range: '<1.2.3', fixAvailable: true }

test('audit fails on a serious hole and names it, passes on others, and says when the registry does not answer', () => {
  const found = audit({ vulnerabilities: { leftpad: hole }, ...counts(1, 0) })
  assert.equal(found.status, 1)
  assert.match(found.stdout, /high: leftpad <1\.2\.3; npm audit fix mends it/)
  assert.equal(audit({ vulnerabilities: {}, ...counts(0, 2) }).status, 0)
  const silent = audit({ message: '405 Method Not Allowed - POST https://registry.example/-/npm/v1/security' })
  assert.equal(silent.status, 0)
  assert.match(silent.stderr, /audit SKIPPED: the registry does not answer it \(405 Method Not Allowed/)
})

const licences = (packages: object) => {
  const file = join(directory, 'lock.json')
  writeFileSync(file, JSON.stringify({ packages }))
  return script('licences.mjs', [file])
}

test('a licence that is not of the list is refused by the package’s name; one side of an OR is enough', () => {
  const at = (license?: string, dev = false) => ({
    'node_modules/a/node_modules/@x/y': { version: '1.0.0', license, dev },
  })
  for (const fine of [at('MIT'), at('(GPL-3.0 OR MIT)'), at('MIT AND ISC'), at('MPL-2.0', true)])
    assert.equal(licences(fine).status, 0, JSON.stringify(fine))
  for (const refused of [at('GPL-3.0-only'), at('MIT AND GPL-3.0-only'), at(), at('MPL-2.0')]) {
    const { status, stderr } = licences(refused)
    assert.equal(status, 1, JSON.stringify(refused))
    assert.match(stderr, /^@x\/y 1\.0\.0: /)
  }
  assert.equal(licences({}).status, 1)
})

test('every licence of our own lock file is of the list', () => {
  const { status, stderr } = script('licences.mjs')
  assert.equal(status, 0, stderr)
})
