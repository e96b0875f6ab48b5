import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { spritesQueue } from '@pokepedia/events'
import { Scope } from '@pokepedia/service'
import { openObjectStore } from '@pokepedia/storage/object-store'
import { z } from 'zod'
import { type Arena, openArena } from '../arena.ts'
import { openRawPut } from '../contestants/raw-put.ts'
import { compared, type Report, speedRatio } from '../report.ts'
import { type Contestant, runRounds } from '../rounds.ts'
import { openTopicWriter, type TopicWriter } from '../topic-writer.ts'
import { CONNECTIONS, IN_FLIGHT } from '../upstream-client.ts'
import type { Workload } from '../workload.ts'

const SIZES = [
  { bytes: 2_048, files: 6_000, name: '2 KB' },
  { bytes: 102_400, files: 3_000, name: '100 KB' },
] as const
const LOOK_EVERY_MS = 50

const mediaServer = async (scope: Scope): Promise<{ url: string; pid: number }> => {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../media-server.js', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  scope.defer(() => void child.kill())
  const [url] = await once(createInterface(child.stdout), 'line')
  return { url: z.url().parse(url), pid: child.pid ?? -1 }
}

const countRows = z.tuple([z.object({ n: z.number() })])

/** The sprite fetcher: event, download, check, hash, object, row. */
const fetcher = ({ store }: Arena, topics: TopicWriter, files: readonly string[]): Contestant => ({
  name: 'pipeline',
  processes: ['postgres', 'kafka', 'sprite-fetcher', 's3'],
  async prepare() {
    await store.query('emptying', 'truncate pokepedia_assets')
  },
  async run() {
    const records = files.map((url) => ({ key: url, value: Buffer.from(JSON.stringify({ url })), headers: {} }))
    await topics.producer.send(spritesQueue.name, records)
    for (;;) {
      const rows = await store.query('counting files', 'select count(*)::int as n from pokepedia_assets')
      const [{ n }] = countRows.parse(rows)
      if (n >= files.length) return n
      await delay(LOOK_EVERY_MS)
    }
  },
})

/** Small and large files through the sprite fetcher. */
export const withMedia: Workload = {
  name: 'media',
  summary: 'media of 2 KB and of 100 KB: the sprite fetcher, and a bare fetch and put',
  async run({ data, rounds, say }) {
    await using scope = new Scope()
    const server = await mediaServer(scope)
    const settings = { MEDIA_HOSTS: new URL(server.url).host }
    const arena = scope.add(await openArena({ data, settings, onProgress: say }))
    const { endpoint, accessKey, secretKey } = arena.deployment.stack.s3
    const to = { endpoint, accessKey, secretKey, bucket: 'raw', region: 'us-east-1' }
    const objects = scope.add(openObjectStore(to))
    await objects.ensureBucket()
    const topics = scope.add(await openTopicWriter(arena))
    const reports: Report[] = []
    for (const { bytes, files: count, name } of SIZES) {
      const files = Array.from({ length: count }, (_, i) => `${server.url}/${bytes}/${i}.png`)
      await using raw = openRawPut(objects, files)
      const pipeline = fetcher(arena, topics, files)
      const pids = () => ({ ...arena.deployment.pids, sample: server.pid })
      const measured = await runRounds([raw, pipeline], { rounds, pids, requests: async () => 0, say })
      const value = speedRatio(measured, { of: pipeline.name, to: raw.name })
      const what = `${count.toLocaleString('en-US')} files of ${name}, ${IN_FLIGHT} in work at a time over ${CONNECTIONS} connections; in every round but the first the objects are there already and are replaced.`
      reports.push(
        compared(`media of ${name}`, what, measured, [{ what: 'speed against raw put', value, atLeast: 0.85 }]),
      )
    }
    return reports
  },
}
