import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { jsonAt } from './sample-support.ts'

const MAIN = fileURLToPath(new URL('../src/sample/main.js', import.meta.url))

const start = (t: TestContext, ...argv: string[]) => {
  const child = spawn(process.execPath, [MAIN, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill('SIGKILL'))
  return child
}

const urlOf = async (child: ChildProcess): Promise<string> => {
  if (!child.stdout) throw new Error('the child has no standard output')
  const [line] = await once(createInterface(child.stdout), 'line', { signal: AbortSignal.timeout(10_000) })
  return z.strictObject({ url: z.url() }).parse(JSON.parse(line)).url
}

test('another process switches faults and reads the counts', async (t) => {
  const child = start(t, '--pokemon', '5', '--faults', '[{"match":"/type/1/","kind":"gone"}]')
  const url = await urlOf(child)
  const door = (name: string) => new URL(`/__${name}`, url)
  assert.equal((await fetch(`${url}type/1/`)).status, 404)
  const put = (body: string) => fetch(door('faults'), { method: 'PUT', body })

  const refused = await put('[{"match":"(","kind":"status"}]')
  assert.equal(refused.status, 400)
  assert.match(await refused.text(), /regular expression/)
  assert.equal((await put('no JSON')).status, 400)
  assert.equal((await fetch(`${url}type/1/`)).status, 404, 'a refused change changes nothing')

  const rules = [{ match: '/pokemon/', kind: 'latency', delayMs: 150 }]
  assert.equal((await put(JSON.stringify(rules))).status, 200)
  assert.deepEqual(await jsonAt(door('faults').href), rules)
  assert.equal((await fetch(`${url}type/1/`)).status, 200)
  await Promise.all([1, 2, 3, 4].map(async (id) => (await fetch(`${url}pokemon/${id}/`)).text()))

  const report = await jsonAt(door('requests').href)
  const { peakRequestsPerSecond, ...rest } = z.looseObject({ peakRequestsPerSecond: z.number() }).parse(report)
  assert.ok(peakRequestsPerSecond >= 2 && peakRequestsPerSecond <= 7)
  assert.deepEqual(
    { ...rest, top: z.array(z.unknown()).parse(rest['top'])[0] },
    {
      json: 7,
      media: 0,
      notModified: 0,
      faults: { gone: 2, latency: 4 },
      inFlight: 0,
      peakConcurrency: 4,
      top: { path: '/api/v2/type/1/', count: 3 },
      uncounted: 0,
    },
  )
  const anew = await fetch(door('requests'), { method: 'DELETE' })
  assert.equal(z.looseObject({ json: z.number() }).parse(await anew.json()).json, 0)

  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [0, null])
})

test('wrong arguments exit 2 and say what is wrong', async (t) => {
  const wrong: readonly [string[], RegExp][] = [
    [['--port', 'x'], /port/],
    [['--bogus'], /bogus/],
    [['--pokemon', '0'], /pokemon/],
    [['--faults', '{'], /not JSON/],
    [['--upstream-dir', 'a', '--pokemon', '3'], /serves a directory/],
    [['--upstream-dir', MAIN], /index\.json/],
  ]
  await Promise.all(
    wrong.map(async ([argv, reason]) => {
      const child = start(t, ...argv)
      const [[code], said] = await Promise.all([once(child, 'exit'), text(child.stderr)])
      assert.equal(code, 2, argv.join(' '))
      assert.match(said, reason)
    }),
  )
})
