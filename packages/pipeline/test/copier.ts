import { once } from 'node:events'
import { createServer } from 'node:http'
import { errors } from '@pokepedia/errors'
import { isRunId, type Queue, type RetryTier, type RunId, traceparentOf } from '@pokepedia/events'
import { Scope } from '@pokepedia/service'
import { openUpstream } from '@pokepedia/service/upstream'
import { Registry } from 'prom-client'
import { type ConsumeOptions, consume, type Delivery, emitterOf, openProducer } from '../src/index.ts'
import { client, freshQueue, log } from './support.ts'

/** The events of a small copier: a page, or the file of that name. As text: `name` or `name RUN`. */
export interface Named {
  readonly runId: RunId | null
  readonly name: string
}

const avro = { write: async ({ name, runId }: Named) => Buffer.from(runId === null ? name : `${name} ${runId}`) }
const decode = async (value: Buffer | null): Promise<Named> => {
  const [name = '', run = ''] = (value?.toString('utf8') ?? '').split(' ')
  return { name, runId: isRunId(run) ? run : null }
}

export interface Copier extends AsyncDisposable {
  readonly pages: Queue
  readonly files: Queue
  /** Where pages are fetched from. */
  readonly upstream: URL
  /** Every delivery of a file, in order. */
  readonly deliveries: Delivery[]
  readonly seed: (names: readonly string[], runId: RunId | null, traceparent: string | null) => Promise<void>
  readonly feedByHand: (name: string) => Promise<void>
}

/**
 * A pipeline of two queues, as ours: a page is fetched and asks for the file of its name. The page `missing` is not
 * there; the file `flaky` fails at its first attempt, the file `broken` is dead at once.
 */
export const startCopier = async (
  tiers: readonly RetryTier[],
  own: Pick<ConsumeOptions<Named>, 'traceParenting'> = {},
): Promise<Copier> => {
  const scope = new Scope()
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/missing' ? 404 : 200).end('page')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  scope.defer(() => void server.close())
  const address = server.address()
  const root = new URL(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`)
  const limits = { connectTimeoutMs: 2_000, headersTimeoutMs: 2_000, bodyTimeoutMs: 2_000, connectionsPerHost: 2 }
  const upstream = scope.add(openUpstream({ ...limits, allowedHosts: [root.host], userAgent: 'test/1' }, log))
  const producer = scope.add(await openProducer(client))
  const [pages, files] = await Promise.all([freshQueue(tiers), freshQueue(tiers)])
  const emitPages = emitterOf<Named>(producer, pages, ({ name }) => name, avro)
  const emitFiles = emitterOf<Named>(producer, files, ({ name }) => name, avro)
  const deliveries: Delivery[] = []
  const common = {
    client,
    producer,
    decode,
    tiers,
    onDead: async () => undefined,
    concurrency: 4,
    maxBytes: 1_000_000,
    deadlineMs: 5_000,
    probes: {},
  }
  const consumers = await Promise.all([
    consume<Named>(
      pages,
      async (event, { delivery, signal }) => {
        const answer = await upstream.get(`${root.href}${event.name}`, { maxBytes: 100, signal })
        if (answer.status === 'gone') return 'gone'
        await emitFiles([event], traceparentOf(delivery.headers))
        return 'stored'
      },
      { ...common, ...own, registry: new Registry(), log },
    ),
    consume<Named>(
      files,
      async ({ name }, { delivery }) => {
        deliveries.push(delivery)
        if (name === 'broken') throw errors('image_invalid', 'no image')
        if (name === 'flaky' && delivery.attempt === 1) throw errors('http_429', 'not now', { httpStatus: 429 })
        return 'stored'
      },
      { ...common, ...own, registry: new Registry(), log },
    ),
  ])
  for (const consumer of consumers) scope.add(consumer)
  return {
    pages,
    files,
    upstream: root,
    deliveries,
    seed: (names, runId, traceparent) =>
      emitPages(
        names.map((name) => ({ runId, name })),
        traceparent,
      ),
    feedByHand: (name) => producer.send(pages.name, [{ key: null, value: Buffer.from(name), headers: {} }]),
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  }
}
