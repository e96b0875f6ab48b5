import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { test } from 'node:test'
import { Scope } from '../src/index.ts'
import { run } from './support.ts'

const closing = (name: string, closed: string[], error?: Error): AsyncDisposable => ({
  [Symbol.asyncDispose]: async () => {
    await new Promise((resolve) => setImmediate(resolve))
    closed.push(name)
    if (error) throw error
  },
})

test('a scope closes in reverse order, one after the other', async () => {
  const closed: string[] = []
  {
    await using scope = new Scope()
    const first = closing('first', closed)
    assert.equal(scope.add(first), first)
    scope.defer(() => void closed.push('second'))
    scope.add(closing('third', closed))
  }
  assert.deepEqual(closed, ['third', 'second', 'first'])
})

test('a close that fails does not keep the rest from closing, and is not lost', async () => {
  const closed: string[] = []
  const scope = new Scope()
  scope.add(closing('first', closed))
  scope.add(closing('second', closed, new Error('second stuck')))
  await assert.rejects(scope[Symbol.asyncDispose](), /second stuck/)
  assert.deepEqual(closed, ['second', 'first'])

  const both = new Scope()
  both.add(closing('a', closed, new Error('a stuck')))
  both.add(closing('b', closed, new Error('b stuck')))
  await assert.rejects(both[Symbol.asyncDispose](), (error: unknown) => {
    assert.ok(error instanceof AggregateError)
    assert.deepEqual(
      error.errors.map(({ message }) => message),
      ['b stuck', 'a stuck'],
    )
    return true
  })
})

/** Sends the signal when the process has printed `up`. */
const whenUp = (signal: NodeJS.Signals) => (child: ChildProcess) =>
  void child.stdout?.on('data', (text: string) => {
    if (text.includes('up')) child.kill(signal)
  })

const main = (close: string, watched = '[]') => `
  service.runMain('demo', async () => {
    const scope = new service.Scope()
    scope.defer(() => console.log('closed'))
    scope.defer(async () => { ${close} })
    setInterval(() => {}, 1_000)
    console.log('up')
    try {
      await service.untilStopped(service.createLog('demo', 'info'), ${watched})
    } finally {
      await scope[Symbol.asyncDispose]()
    }
  }, 300)`

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} closes everything and exits with 0`, async () => {
    const { code, stdout } = await run(main(''), {}, whenUp(signal))
    assert.equal(code, 0)
    assert.match(stdout, new RegExp(`"event":"process.stopping","signal":"${signal}".*closed`, 's'))
  })
}

test('a close that hangs is given its time, then the process exits with 1', async () => {
  const { code, stderr } = await run(main('await new Promise(() => {})'), {}, whenUp('SIGTERM'))
  assert.equal(code, 1)
  assert.match(stderr, /^demo: closing took over 300 ms/)
})

test('a signal before the process waits for one ends it at once', async () => {
  const program = `service.runMain('demo', async () => { console.log('up'); await new Promise(() => setInterval(() => {}, 1_000)) })`
  assert.equal((await run(program, {}, whenUp('SIGTERM'))).code, 0)
})

const errorsEntry = import.meta.resolve('@pokepedia/errors')

test('a fatal error is one line with code, message and hint, and exit 1', async () => {
  const { code, stderr } = await run(`
    import { errors } from ${JSON.stringify(errorsEntry)}
    service.runMain('demo', async () => { throw errors('pg_auth', 'password refused at postgres://u:secret@db') })`)
  assert.equal(code, 1)
  assert.equal(
    stderr,
    'demo: pg_auth: password refused at postgres://***@db; Postgres refuses these credentials or this database; check DATABASE_URL\n',
  )
})

test('a watched part that fails ends the process after everything is closed', async () => {
  const failing = `[{ failed: new Promise((_, reject) => setTimeout(reject, 50, new Error('consumer crashed'))) }]`
  const { code, stdout, stderr } = await run(main('', failing))
  assert.equal(code, 1)
  assert.match(stdout, /closed/)
  assert.match(stderr, /^demo: Error: consumer crashed\n {4}at /)
})

test('a defect outside of main is told with its stack and cause', async () => {
  const { code, stderr } = await run(`
    service.runMain('demo', async () => {
      setTimeout(() => { throw new TypeError('undefined is no function', { cause: new Error('the cause') }) }, 10)
      await new Promise(() => setInterval(() => {}, 1_000))
    })`)
  assert.equal(code, 1)
  assert.match(stderr, /^demo: TypeError: undefined is no function\n {4}at .*caused by Error: the cause\n {4}at /s)
})
