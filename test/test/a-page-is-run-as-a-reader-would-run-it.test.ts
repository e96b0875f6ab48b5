import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { blocksOf } from '../src/docs/blocks.ts'
import { openShell } from '../src/docs/shell.ts'
import { missingLine } from '../src/docs/shown-output.ts'

const LIMIT_MS = 30_000

test('blocks come with their marks and with the output that the page shows', () => {
  const page = [
    '# Page',
    '<!-- setup: touch it\ntouch that -->',
    '```sh\nls\n```',
    '```text\nit\nthat\n```',
    'Or:',
    '<!-- not run: needs a cluster -->',
    '```sh\nkubectl get pods\n```',
    '```ts\nconst other = 1\n```',
    '- in a list:\n\n  ```sql\n  select 1\n  ```',
  ].join('\n\n')
  assert.deepEqual(
    blocksOf(page).map(({ line, ...rest }) => rest),
    [
      { language: 'sh', text: 'ls', setup: 'touch it\ntouch that', notRun: undefined, output: 'it\nthat' },
      { language: 'sh', text: 'kubectl get pods', setup: undefined, notRun: 'needs a cluster', output: undefined },
      { language: 'sql', text: 'select 1', setup: undefined, notRun: undefined, output: undefined },
    ],
  )
  assert.equal(blocksOf('a\n\n```sh\nls\n```')[0]?.line, 3)
  assert.throws(() => blocksOf('<!-- not run: -->\n\n```sh\nls\n```'), /line 3: .*says nothing/)
})

test('a number stands for any number, … for anything, and lines may be left out but not changed', () => {
  const real = 'GROUP     LAG  HOST\ningestor  1,204  /10.0.0.7\nmetrics   -      /10.0.0.8\n'
  assert.equal(missingLine('GROUP LAG HOST\nmetrics - …', real), undefined)
  assert.equal(missingLine('ingestor 0 /127.0.0.1', real), undefined)
  assert.equal(missingLine('ingestor 0', real), 'ingestor 0')
  assert.equal(missingLine('metrics - …\nGROUP …', real), 'GROUP …')
  assert.equal(missingLine('seeder …', real), 'seeder …')
})

test('one block sees what another has set, and the first command that fails ends it', async () => {
  await using shell = await openShell(tmpdir())
  assert.deepEqual(await shell.run('NAME=pikachu; greet() { echo "hello $1"; }', LIMIT_MS), { ok: true, output: '' })
  assert.deepEqual(await shell.run('greet "$NAME"\necho there >&2', LIMIT_MS), {
    ok: true,
    output: 'hello pikachu\nthere',
  })
  const failed = await shell.run('echo before\nfalse | cat\necho after', LIMIT_MS)
  assert.deepEqual(failed, { ok: false, output: 'before' })
  assert.ok(shell.isOver())
})

test('a variable that nothing has set is a failure, and so is a command that does not end', async () => {
  await using shell = await openShell(tmpdir())
  const { ok, output } = await shell.run('echo "$RUN_OF_NOBODY"', LIMIT_MS)
  assert.ok(!ok)
  assert.match(output, /RUN_OF_NOBODY: unbound variable/)
  await using patient = await openShell(tmpdir())
  const endless = await patient.run('echo waiting; while :; do sleep 0.1; done', 500)
  assert.deepEqual(endless, { ok: false, output: 'waiting\n\n(not finished after 0.5 s)' })
})
