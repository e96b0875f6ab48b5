import { type ErrorCode, errors, messageOf, type PipelineError } from '@pokepedia/errors'
import pg from 'pg'

// SQLSTATE prefixes (PostgreSQL documentation, appendix A) in the order in which they are looked at.
const BY_STATE: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^(40001|40P01|55P03|57014)$/, 'pg_conflict'],
  [/^(08|57P0[1-3]|53300|53100|53200|25006)/, 'pg_unavailable'],
  [/^(22P05|22P02|22021|54000|54001|22030|22032)$/, 'json_not_storable'],
  [/^(28|3D000|42501)/, 'pg_auth'],
  [/^42/, 'pg_schema'],
]

const CONNECTION = /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|terminat|timeout|not queryable|closed/i

/** What a failure of Postgres means: its SQLSTATE decides, or that there was no answer at all. */
export const pgError = (what: string, cause: unknown): PipelineError => {
  const state = cause instanceof pg.DatabaseError ? (cause.code ?? '') : ''
  const known = BY_STATE.find(([pattern]) => pattern.test(state))?.[1]
  const code =
    known ?? (state === '' && CONNECTION.test(String(cause) + messageOf(cause)) ? 'pg_unavailable' : 'internal')
  return errors(code, `${what}: ${messageOf(cause)}${state ? ` (${state})` : ''}`, { cause })
}
