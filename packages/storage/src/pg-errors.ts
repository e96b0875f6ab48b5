import { type ErrorCode, errors, messageOf, type PipelineError } from '@pokepedia/errors'
import pg from 'pg'

// SQLSTATE prefixes (PostgreSQL documentation, appendix A) in the order in which they are looked at.
const BY_STATE: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^(40001|40P01|55P03|57014)$/, 'pg_conflict'],
  [/^(08|57P0[1-35]|53|58|25006)/, 'pg_unavailable'],
  // 22003: JSON allows numbers of any size, numeric ends at 131,072 digits before the point.
  [/^(22P05|22P02|22021|22003|54000|54001|22030|22032)$/, 'json_not_storable'],
  [/^(28|3D000|42501)/, 'pg_auth'],
  [/^42/, 'pg_schema'],
]

// What the driver says without a SQLSTATE (node-postgres 8: pg/lib/client.js, pg-pool/index.js, pg/lib/connection.js).
const BY_MESSAGE: readonly (readonly [RegExp, ErrorCode])[] = [
  [/SASL|SSL|certificate|password must be/i, 'pg_auth'],
  [
    /E(CONN[A-Z]+|NOTFOUND|AI_AGAIN|PIPE|TIMEDOUT|(HOST|NET)UNREACH|NOENT)\b|terminat|timeout|not queryable|closed|disconnected/,
    'pg_unavailable',
  ],
]

const stateOf = (cause: unknown): string => (cause instanceof pg.DatabaseError ? (cause.code ?? '') : '')

/** What a failure of Postgres means: its SQLSTATE decides, or that there was no answer at all. */
export const pgError = (what: string, cause: unknown): PipelineError => {
  const state = stateOf(cause)
  const [table, sign] = state === '' ? [BY_MESSAGE, messageOf(cause)] : [BY_STATE, state]
  const code = table.find(([pattern]) => pattern.test(sign))?.[1] ?? 'internal'
  return errors(code, `${what}: ${messageOf(cause)}${state ? ` (${state})` : ''}`, { cause })
}

/** Whether the same statement may succeed at once: serialization failure, deadlock, lock not available. */
export const isPassingConflict = (cause: unknown): boolean => /^(40001|40P01|55P03)$/.test(stateOf(cause))
