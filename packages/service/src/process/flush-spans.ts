import { setTimeout as delay } from 'node:timers/promises'
import { trace } from '@opentelemetry/api'

const LIMIT_MS = 2_000

interface Flushable {
  forceFlush(): Promise<unknown>
}

const canFlush = (provider: unknown): provider is Flushable =>
  typeof provider === 'object' &&
  provider !== null &&
  'forceFlush' in provider &&
  typeof provider.forceFlush === 'function'

/**
 * Has an SDK that is loaded send the spans it holds, for 2 s at most; a batch would be lost with the process. The API
 * has no word for it: the provider it gives is a stand-in, and the SDK's own is behind `getDelegate`.
 */
export const flushSpans = async (): Promise<void> => {
  const provider = trace.getTracerProvider()
  const behind: unknown =
    'getDelegate' in provider && typeof provider.getDelegate === 'function' ? provider.getDelegate() : provider
  // Whether a collector takes the spans is no matter of ours; the SDK says what went wrong.
  if (canFlush(behind)) await Promise.race([behind.forceFlush().catch(() => undefined), delay(LIMIT_MS)])
}
