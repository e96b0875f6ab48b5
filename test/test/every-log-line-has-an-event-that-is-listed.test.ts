import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

const sources = ['packages', 'services'].flatMap((group) =>
  readdirSync(join(root, group)).flatMap((name) => {
    const folder = join(root, group, name, 'src')
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
    return files.map((file) => ({
      file: `${group}/${name}/src/${file}`,
      text: readFileSync(join(folder, file), 'utf8'),
    }))
  }),
)
const named = new Set(sources.flatMap(({ text }) => [...text.matchAll(/\bevent: '([^']+)'/g)].map(([, name]) => name)))
const documented = readFileSync(join(root, 'docs/logs.md'), 'utf8')
  .split('## Events')[1]
  ?.matchAll(/^\| `([^`]+)` \|/gm)
const listed = new Set([...(documented ?? [])].map(([, name]) => name))

test('docs/logs.md lists every event that the services log, and no other', () => {
  assert.ok(named.size > 30, `${named.size} events were found in the code`)
  const unlisted = [...named].filter((name) => !listed.has(name))
  const unknown = [...listed].filter((name) => !named.has(name))
  assert.deepEqual({ unlisted, unknown }, { unlisted: [], unknown: [] })
})

test('every log line says which event it is', () => {
  // `log.warn({ event: … }, …)`, or facts that were put together before and hold the event.
  const calls = sources.flatMap(({ file, text }) =>
    [...text.matchAll(/\blog(?:\.(?:debug|info|warn|error)|\[[^\]]+\])\(\s*([{'"`]?)([\s\S]*?)[})]/g)].map(
      ([call, opening, rest = '']) => ({
        file,
        call,
        ok: opening === '' || (opening === '{' && /event:|\.\.\./.test(rest)),
      }),
    ),
  )
  assert.ok(calls.length > 30, `${calls.length} calls were found in the code`)
  for (const { file, call, ok } of calls) assert.ok(ok, `${file} logs without an event: ${call}`)
})

test('names of fields are in snake case', () => {
  for (const { file, text } of sources)
    for (const [line] of text.matchAll(/\{ event: '[^}]+\}/g))
      assert.doesNotMatch(line.replace(/'[^']*'|`[^`]*`|\.\.\.\w+|: [^,}]+/g, ''), /[a-z][A-Z]/, `${file}: ${line}`)
})
