import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { z } from 'zod'
import { figure, type Report, spread } from '../report.ts'
import { median } from '../rounds.ts'
import type { Workload } from '../workload.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const LOOK_EVERY_MS = 20
const WITHIN_MS = 300_000

const databaseOf = async (directory: string): Promise<string | undefined> => {
  const text = await readFile(join(directory, 'stack.json'), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : z.object({ postgres: z.string() }).parse(JSON.parse(text)).postgres
}

/** Waits for a document that is checked after the start; the database may not be there yet. */
const firstStored = async (directory: string, since: Date): Promise<void> => {
  for (const end = Date.now() + WITHIN_MS; Date.now() < end; await delay(LOOK_EVERY_MS)) {
    const connectionString = await databaseOf(directory)
    if (connectionString === undefined) continue
    const client = new pg.Client({ connectionString })
    try {
      await client.connect()
      for (;;) {
        const { rows } = await client.query('select from pokepedia_resource_checks where checked_at > $1 limit 1', [
          since,
        ])
        if (rows.length > 0) return
        await delay(LOOK_EVERY_MS)
      }
    } catch {
      // It is being started, or migrated.
    } finally {
      await client.end().catch(() => undefined)
    }
  }
  throw new Error(`nothing was stored within ${WITHIN_MS / 1_000} s of npm start`)
}

/** Seconds from `npm start` to the first event stored; ends it then. */
const start = async (directory: string): Promise<number> => {
  const since = new Date()
  const beganMs = performance.now()
  const child = spawn('npm', ['start', '--', '--directory', directory], { cwd: root, stdio: 'ignore', detached: true })
  const ended = once(child, 'exit')
  try {
    await firstStored(directory, since)
    return (performance.now() - beganMs) / 1_000
  } finally {
    // npm passes no signal on; its group has the command, too.
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
    await ended
    // npm does not wait for it; it gives its lock back when all of it has ended.
    while (existsSync(join(directory, 'up.lock'))) await delay(LOOK_EVERY_MS)
  }
}

const reportOf = (cold: number, again: readonly number[]): Report => {
  const value = median(again)
  return {
    workload: 'start',
    what: 'From `npm start`, compiled and downloaded already, to the first document stored: with an empty directory, and with the one that it left.',
    columns: ['', 'median', 'spread'],
    rows: [
      ['empty directory', `${figure(cold)} s`, ''],
      ['again', `${figure(value)} s`, spread(again)],
    ],
    targets: [{ what: 'second `npm start`', value, unit: ' s', atMost: 12 }],
    measured: { cold: [cold], again },
  }
}

/** How soon a person sees something. */
export const starting: Workload = {
  name: 'start',
  summary: 'npm start to the first event stored, cold and again',
  async run({ rounds, say }) {
    const directory = await mkdtemp(join(tmpdir(), 'pokepedia-bench-start-'))
    try {
      const cold = await start(directory)
      say(`cold: ${figure(cold)} s`)
      const again: number[] = []
      for (let round = 1; round <= rounds; round += 1) {
        again.push(await start(directory))
        say(`round ${round}  again: ${figure(again.at(-1) ?? 0)} s`)
      }
      return [reportOf(cold, again)]
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  },
}
