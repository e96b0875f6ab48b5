import { errors } from '@pokepedia/errors'
import type { Agent, Dispatcher } from 'undici'

/** Bodies of refusals are read so far, to keep the connection; longer ones cost it. */
const REFUSAL_BYTES = 65_536

export interface GetRequest {
  readonly url: URL
  /** The URL for messages, not of any length. */
  readonly shown: string
  readonly headers: Record<string, string>
  /** Limit of the body as it comes over the wire. */
  readonly maxBytes: number
  /** How long a body may take as a whole. */
  readonly bodyTimeoutMs: number
  /** Told of every piece of a body as it came over the wire. */
  readonly received: (bytes: number) => void
}

export interface Response {
  readonly status: number
  readonly headers: Dispatcher.ResponseData['headers']
  /** As it came over the wire; empty where the status says it all, which is any but 200. */
  readonly body: Buffer
}

/** A GET on its way, and how far it has come. */
export interface SentGet {
  /** Rejects with what undici and the sockets throw, `body_too_large`, `timeout`, or what it was aborted with. */
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
    const declared = Number(headers['content-length'] ?? 0)
    if (status === 200 && declared > maxBytes) this.abort(this.#tooLarge(String(declared)))
  }

  onResponseData(_: Dispatcher.DispatchController, piece: Buffer): void {
    const { maxBytes, received } = this.#request
    this.#size += piece.length
    if (this.status !== 200) {
      if (this.#size > REFUSAL_BYTES) this.abort(this.#tooLarge(`over ${REFUSAL_BYTES}`))
      return
    }
    received(piece.length)
    this.#pieces.push(piece)
    if (this.#size > maxBytes) this.abort(this.#tooLarge(`over ${maxBytes}`))
  }

  onResponseEnd(): void {
    clearTimeout(this.#timer)
    if (this.status === undefined) return
    const body = this.#pieces.length === 1 && this.#pieces[0] ? this.#pieces[0] : Buffer.concat(this.#pieces)
    this.#resolve({ status: this.status, headers: this.#headers, body })
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    this.#fail(error)
  }

  #tooLarge(bytes: string): Error {
    return errors(
      'body_too_large',
      `GET ${this.#request.shown}: ${bytes} bytes; ${this.#request.maxBytes} are the limit`,
    )
  }

  /** How the body of a refusal ends does not matter. */
  #fail(reason: Error): void {
    clearTimeout(this.#timer)
    if (this.status === undefined || this.status === 200) this.#reject(reason)
    else this.onResponseEnd()
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
