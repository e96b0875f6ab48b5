import type { Transform } from 'node:stream'
import { errors, isPipelineError } from '@pokepedia/errors'
import type { Agent, Dispatcher } from 'undici'
import { decoderOf } from './upstream-body.ts'

/** Bodies of refusals are read so far, to keep the connection; longer ones cost it. */
const REFUSAL_BYTES = 65_536

export interface GetRequest {
  readonly url: URL
  /** The URL for messages, not of any length. */
  readonly shown: string
  readonly headers: Record<string, string>
  /** Limit of the body, as declared and as it comes out of its encoding. */
  readonly maxBytes: number
  /** How long a body may take as a whole. */
  readonly bodyTimeoutMs: number
  /** Told of every piece of a body as it came over the wire. */
  readonly received: (bytes: number) => void
}

export interface Response {
  readonly status: number
  readonly headers: Dispatcher.ResponseData['headers']
  /** Decompressed; empty where the status says it all, which is any but 200. */
  readonly body: Buffer
}

/** A GET on its way, and how far it has come. */
export interface SentGet {
  /**
   * Rejects with what undici, the sockets and zlib throw, `body_too_large`, `encoding_invalid`, `timeout`, or what it was
   * aborted with.
   */
  readonly response: Promise<Response>
  /** When it was written to its connection, which can be long after it was asked for. */
  readonly startedAt: Date
  /** Once the host has answered. */
  readonly status: number | undefined
  /** Ends it, whatever it waits for, and cuts its connection; of no effect when it has ended. */
  abort(reason: Error): void
}

/** Gathers an answer. undici's `request` would make a stream of each, and an abort signal with its listeners. */
class Gathering implements Dispatcher.DispatchHandler, SentGet {
  readonly response: Promise<Response>
  startedAt = new Date()
  status: number | undefined
  readonly #request: GetRequest
  readonly #pieces: Buffer[] = []
  #size = 0
  #headers: Response['headers'] = {}
  #decoder: Transform | undefined
  #controller: Dispatcher.DispatchController | undefined
  #timer: NodeJS.Timeout | undefined
  #aborted: Error | undefined
  #resolve: (response: Response) => void = () => undefined
  #reject: (reason: Error) => void = () => undefined

  constructor(request: GetRequest) {
    this.#request = request
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  abort(reason: Error): void {
    this.#aborted = reason
    this.#controller?.abort(reason)
    this.#fail(reason)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.startedAt = new Date()
    this.#controller = controller
    if (this.#aborted) controller.abort(this.#aborted)
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Response['headers']): void {
    if (status < 200) return
    const { shown, bodyTimeoutMs, maxBytes } = this.#request
    this.status = status
    this.#headers = headers
    const late = (): void => this.abort(errors('timeout', `GET ${shown}: the body took over ${bodyTimeoutMs} ms`))
    this.#timer = setTimeout(late, bodyTimeoutMs)
    if (status !== 200) return
    const declared = Number(headers['content-length'] ?? 0)
    if (declared > maxBytes) this.abort(this.#tooLarge(String(declared)))
    else this.#decode(String(headers['content-encoding'] ?? ''))
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    if (this.#aborted) return
    if (this.status === 200) this.#request.received(piece.length)
    if (this.#decoder === undefined) {
      this.#keep(piece)
    } else if (!this.#decoder.write(piece)) {
      controller.pause()
      this.#decoder.once('drain', () => controller.resume())
    }
  }

  onResponseEnd(): void {
    if (this.#decoder) this.#decoder.end()
    else this.#done()
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    this.#fail(error)
  }

  /** What comes in is decoded from now on, as it comes: of a bomb no more is read than what fills the limit. */
  #decode(encoding: string): void {
    try {
      this.#decoder = decoderOf(encoding, this.#request.shown)
        ?.on('data', (piece: Buffer) => this.#keep(piece))
        .on('end', () => this.#done())
        .on('error', (error) => this.abort(error))
    } catch (error) {
      if (!isPipelineError(error)) throw error
      this.abort(error)
    }
  }

  #keep(piece: Buffer): void {
    const isWanted = this.status === 200
    const limit = isWanted ? this.#request.maxBytes : REFUSAL_BYTES
    this.#size += piece.length
    if (isWanted) this.#pieces.push(piece)
    if (this.#size > limit) this.abort(this.#tooLarge(`over ${limit}`))
  }

  #tooLarge(bytes: string): Error {
    return errors(
      'body_too_large',
      `GET ${this.#request.shown}: ${bytes} bytes; ${this.#request.maxBytes} are the limit`,
    )
  }

  #done(): void {
    clearTimeout(this.#timer)
    if (this.status === undefined) return
    const [first] = this.#pieces
    const body = first && this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces)
    this.#resolve({ status: this.status, headers: this.#headers, body })
  }

  /** How the body of a refusal ends does not matter. */
  #fail(reason: Error): void {
    this.#decoder?.destroy()
    this.#pieces.length = 0
    clearTimeout(this.#timer)
    if (this.status === undefined || this.status === 200) this.#reject(reason)
    else this.#done()
  }
}

/** Sends a GET. */
export const sendGet = (agent: Agent, request: GetRequest): SentGet => {
  const { url, headers } = request
  const sent = new Gathering(request)
  const path = `${url.pathname}${url.search}`
  agent.dispatch({ origin: url.origin, path, method: 'GET', headers }, sent)
  return sent
}
