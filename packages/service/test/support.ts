import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { classify, type PipelineError } from '@pokepedia/errors'
import { createLog, type Upstream, type UpstreamOptions } from '../src/index.ts'
import { openUpstream } from '../src/upstream/upstream.ts'

export const log = createLog('test', process.env['LOG_LEVEL'] ?? 'silent')

export interface Stub extends AsyncDisposable {
  readonly port: number
  /** `http://127.0.0.1:1234` */
  readonly origin: string
  readonly host: string
}

const stubAt = (port: number, close: () => Promise<void>): Stub => ({
  port,
  origin: `http://127.0.0.1:${port}`,
  host: `127.0.0.1:${port}`,
  [Symbol.asyncDispose]: close,
})

const portOf = (address: ReturnType<ReturnType<typeof createTcpServer>['address']>): number =>
  typeof address === 'object' && address !== null ? address.port : assert.fail('no TCP port')

/** An upstream that answers as told. */
export const httpStub = async (answer: RequestListener): Promise<Stub> => {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return stubAt(portOf(server.address()), async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
}

/** An upstream that speaks TCP as told, once it has been sent a request. */
export const tcpStub = async (onRequest: (socket: Socket) => void): Promise<Stub> => {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => sockets.delete(socket))
    socket.once('data', () => onRequest(socket))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return stubAt(portOf(server.address()), async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
}

/** A client that may ask the stubs, with short limits. */
export const clientOf = (
  stubs: readonly { host: string }[],
  options: Partial<UpstreamOptions> = {},
): Upstream & AsyncDisposable =>
  openUpstream(
    {
      allowedHosts: stubs.map(({ host }) => host),
      connectTimeoutMs: 1_000,
      headersTimeoutMs: 300,
      bodyTimeoutMs: 300,
      connectionsPerHost: 2,
      userAgent: 'test/1 (contact: none)',
      ...options,
    },
    log,
  )

/** What a promise rejects with; it must be an error of ours. */
export const failureOf = async (promise: Promise<unknown>): Promise<PipelineError> => {
  const thrown = await promise.then(
    (value) => assert.fail(`no failure but ${JSON.stringify(value)}`),
    (error: unknown) => error,
  )
  const error = classify(thrown)
  assert.equal(error, thrown, `unclassified: ${error.message}`)
  return error
}

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program of ours (the text of a module) in a process of its own; `started` gets the process. */
export const run = async (
  program: string,
  env: Record<string, string> = {},
  started: (child: ChildProcess) => void = () => undefined,
): Promise<Ended> => {
  const entry = new URL('../src/index.js', import.meta.url).href
  const source = `import * as service from ${JSON.stringify(entry)}\n${program}`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: new URL('.', import.meta.url),
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  started(child)
  const [code]: (number | null)[] = await once(child, 'close')
  return { code: code ?? null, stdout, stderr }
}
