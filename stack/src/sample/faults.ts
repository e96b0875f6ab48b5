import { z } from 'zod'
import { hash } from './random.ts'

const isPattern = (text: string): boolean => {
  try {
    new RegExp(text)
    return true
  } catch {
    return false
  }
}

/** What can go wrong with an answer; see {@link FaultRule}. */
export const FAULT_KINDS = [
  'latency',
  'status',
  'hang',
  'reset',
  'truncate',
  'wrong_type',
  'invalid_json',
  'empty',
  'oversized',
  'drip',
  'gone',
  'not_image',
  'redirect',
  'changed',
] as const

const faultRuleSchema = z.strictObject({
  /** A regular expression on the path with its query: `^/media/`, `/pokemon/25/$`. */
  match: z.string().refine(isPattern, 'is no regular expression'),
  kind: z.enum(FAULT_KINDS),
  /** Share of the matched requests, 0 to 1; without it, all. */
  probability: z.number().min(0).max(1).optional(),
  /** Only the first n requests of each path that this rule has seen. */
  times: z.int().min(1).optional(),
  /** `status`: 503 unless given; `gone`: 404 unless given; `redirect`: 302 unless given. */
  status: z.int().min(300).max(599).optional(),
  /** `status`: the `Retry-After` header. */
  retryAfterSeconds: z.number().min(0).optional(),
  /** `latency`: before the answer, 500 unless given; `drip`: between two of the body's 20 pieces, 250 unless given. */
  delayMs: z.number().min(0).optional(),
  /** `oversized`: the body's length, 64 MiB unless given. */
  bodyBytes: z.int().min(1).optional(),
  /** `redirect`: where to, `http://127.0.0.2/` unless given. */
  location: z.string().optional(),
  /** `changed`: another number gives another body, 1 unless given. */
  revision: z.int().optional(),
  /** Another seed hits other requests when `probability` is set. */
  seed: z.int().optional(),
})

/** A JSON array of rules, as `PUT /__faults` takes it. */
export const faultRulesSchema = z.array(faultRuleSchema)

/**
 * One fault on demand. The first rule that hits decides; `latency` delays and lets the later rules decide.
 *
 * | kind | the client sees |
 * | --- | --- |
 * | `latency` | the answer after `delayMs` |
 * | `status` | `status`, with `Retry-After` when `retryAfterSeconds` is set |
 * | `hang` | no answer, the connection stays open |
 * | `reset` | the connection reset before an answer |
 * | `truncate` | the `Content-Length` of the whole, half of the body, then the end of the connection |
 * | `wrong_type` | 200 with HTML |
 * | `invalid_json` | 200, JSON that stops in the middle, with a matching `Content-Length` |
 * | `empty` | 200 with no bytes |
 * | `oversized` | the answer, blanks appended up to `bodyBytes` |
 * | `drip` | the answer in 20 pieces, `delayMs` between them |
 * | `gone` | 404, or `status` 410 |
 * | `not_image` | 200, text under the content type of an image |
 * | `redirect` | 302 to `location` |
 * | `changed` | other valid bytes under another ETag: JSON objects get a key `sample_revision`, pictures are redrawn |
 */
export type FaultRule = z.infer<typeof faultRuleSchema>

interface RuleState {
  readonly pattern: RegExp
  /** Requests seen, by the path's hash: a number is a tenth of the path's size, and there may be a million paths. */
  readonly seen: Map<number, number>
}

// Kept beside the rules, not in them, so that callers can push and remove plain objects.
const states = new WeakMap<FaultRule, RuleState>()

const stateOf = (rule: FaultRule): RuleState => {
  const known = states.get(rule)
  if (known) return known
  const state = { pattern: new RegExp(rule.match), seen: new Map<number, number>() }
  states.set(rule, state)
  return state
}

const pathKey = (path: string): number => hash(path) * 2 ** 21 + (hash(path, 1) >>> 11)

const hits = (rule: FaultRule, path: string): boolean => {
  const { pattern, seen } = stateOf(rule)
  if (!pattern.test(path)) return false
  if (rule.times === undefined && rule.probability === undefined) return true
  const key = pathKey(path)
  const nth = (seen.get(key) ?? 0) + 1
  seen.set(key, nth)
  if (rule.times !== undefined && nth > rule.times) return false
  return rule.probability === undefined || hash(`${path} ${nth}`, rule.seed ?? 1) / 2 ** 32 < rule.probability
}

/** What happens to one request: the delays that hit, and the first other rule that does. */
export interface Verdict {
  readonly delayMs: number
  readonly rule: FaultRule | undefined
}

/**
 * Decides by rule, path and how many requests of this path the rule has seen; nothing else.
 * Counts the request in every rule up to the one that decides.
 */
export const judge = (rules: readonly FaultRule[], path: string): Verdict => {
  let delayMs = 0
  for (const rule of rules) {
    if (!hits(rule, path)) continue
    if (rule.kind !== 'latency') return { delayMs, rule }
    delayMs += rule.delayMs ?? 500
  }
  return { delayMs, rule: undefined }
}
