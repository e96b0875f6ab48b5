import { type FaultRule, putFaults } from '@pokepedia/stack'
import type { Arena } from './arena.ts'

/** Replaces the rules by which the upstream stub spoils its answers. */
export const setFaults = ({ deployment }: Arena, rules: readonly FaultRule[]): Promise<void> =>
  putFaults(deployment.stack.upstream, rules)

/** Delays each document's answer; the lists come at once. */
export const documentLatency = (delayMs: number): FaultRule => ({
  match: '^/api/v2/[a-z-]+/-?[0-9]+',
  kind: 'latency',
  delayMs,
})
