import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { type Answer, controlAnswer, textAnswer } from './answer.ts'
import { type FaultRule, faultRulesSchema } from './faults.ts'
import type { RequestLog } from './request-log.ts'

const BODY_BYTES_MAX = 1024 * 1024

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes <= BODY_BYTES_MAX) chunks.push(chunk)
  }
  return bytes <= BODY_BYTES_MAX ? Buffer.concat(chunks).toString('utf8') : ''
}

const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const replaceFaults = async (request: IncomingMessage, faults: FaultRule[]): Promise<Answer> => {
  const parsed = faultRulesSchema.safeParse(jsonIn(await bodyOf(request)))
  if (!parsed.success) return controlAnswer(400, { error: z.prettifyError(parsed.error) })
  faults.splice(0, faults.length, ...parsed.data)
  return controlAnswer(200, faults)
}

/** Replaces the rules by which a sample in another process spoils its answers. Throws what it refuses. */
export const putFaults = async (sample: string, rules: readonly object[]): Promise<void> => {
  const answer = await fetch(new URL('/__faults', sample), {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(rules),
  })
  if (!answer.ok) throw new Error(`the sample refuses the faults: ${await answer.text()}`)
}

/**
 * The doors for a test in another process: `GET|PUT /__faults` (a JSON array of rules, which replaces the old ones and
 * their counts), `GET|DELETE /__requests` (the counts; start them anew).
 */
export const answerControl = async (
  request: IncomingMessage,
  path: string,
  faults: FaultRule[],
  log: RequestLog,
): Promise<Answer> => {
  const door = `${request.method} ${path}`
  if (door === 'GET /__faults') return controlAnswer(200, faults)
  if (door === 'PUT /__faults') return replaceFaults(request, faults)
  if (door === 'DELETE /__requests') log.reset()
  if (door === 'GET /__requests' || door === 'DELETE /__requests') return controlAnswer(200, log.report())
  return textAnswer(404, 'Not Found')
}
