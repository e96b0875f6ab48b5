import { setTimeout as wait } from 'node:timers/promises'
import { messageOf } from '@pokepedia/errors'
import { z } from 'zod'
import { failure } from '../failure.ts'
import { logTail } from './log-tail.ts'
import type { ServiceProcess } from './service-process.ts'

const readyAnswer = z.object({
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string().nullish() })),
})

const POLL_MS = 100
const ANSWER_MS = 2_000
/** A process that ends this often within a minute won't come up by itself. */
export const CRASH_LOOP = 5

/** `ready`, or why not: one part per failing check. */
const ask = async (url: string): Promise<string> => {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) })
    const text = await answer.text()
    if (answer.ok) return 'ready'
    const { checks } = readyAnswer.parse(JSON.parse(text))
    const failing = checks.filter(({ ok }) => !ok)
    return failing.map(({ name, detail }) => `${name}: ${detail ?? 'not ok'}`).join('; ')
  } catch (error) {
    return `${url}: ${messageOf(error)}`
  }
}

const whyHopeless = (process: ServiceProcess): string | undefined => {
  if (process.isMisconfigured) return 'refuses its configuration'
  return process.exitsInLastMinute >= CRASH_LOOP ? 'keeps ending' : undefined
}

/** Waits until the address answers 200; fails with the checks that fail and the end of the process's log. */
export const waitUntilReady = async (
  process: ServiceProcess,
  url: string,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<void> => {
  const giveUpAt = Date.now() + deadlineMs
  for (;;) {
    const state = await ask(url)
    if (state === 'ready') return
    signal.throwIfAborted()
    const late = Date.now() > giveUpAt ? `is not ready after ${deadlineMs / 1_000} s (${state})` : undefined
    const why = whyHopeless(process) ?? late
    if (why !== undefined) {
      throw failure(`${process.name} ${why}; the end of ${process.logFile}:\n${await logTail(process.logFile)}`)
    }
    await wait(POLL_MS)
  }
}
