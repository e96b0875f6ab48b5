/**
 * What happens to the event whose handling failed.
 *
 * - `retry`: this event failed; it goes to the next retry tier and costs an attempt.
 * - `pause`: a dependency seems to be down. If a probe confirms it, nothing moves until it is back and no attempt is
 *   spent; if not, the event is tried again in place and then goes the way of `retry`.
 * - `gone`: the upstream says the thing no longer exists; an outcome, not a failure.
 * - `dead`: asking again won't help; the event goes to the dead-letter topic.
 * - `fatal`: the deployment is wrong; the service stops with the message.
 */
export type ErrorClass = 'retry' | 'pause' | 'gone' | 'dead' | 'fatal'

/** What an error can show to be away; a probe decides whether it is (docs/decisions/007-breakers.md). */
export const DEPENDENCIES = ['upstream', 'postgres', 'object_store', 'registry', 'kafka'] as const
export type Dependency = (typeof DEPENDENCIES)[number]

interface CodeFacts {
  readonly class: ErrorClass
  /** Whose outage may be the reason. */
  readonly dependency?: Dependency
  /** What the operator does about it. */
  readonly hint: string
  /** Attempts that make sense for this code; the number of tiers decides where it is not given. */
  readonly attempts?: number
}

const codes = {
  // upstream
  upstream_unavailable: {
    class: 'pause',
    dependency: 'upstream',
    hint: 'the upstream refuses connections; work resumes by itself',
  },
  timeout: {
    class: 'retry',
    dependency: 'upstream',
    hint: 'the host answers slowly; see its latency and the limits UPSTREAM_*_TIMEOUT_MS',
  },
  reset: { class: 'retry', dependency: 'upstream', hint: 'the host closed the connection; it is tried again' },
  truncated: {
    class: 'retry',
    dependency: 'upstream',
    hint: 'the body ended before its declared length; it is tried again',
  },
  http_retryable: { class: 'retry', hint: 'the host answered with a passing error; it is tried again' },
  http_429: { class: 'retry', hint: 'the host asks us to slow down; it is tried again after Retry-After' },
  host_silent: {
    class: 'pause',
    dependency: 'upstream',
    hint: 'the host asked for silence (429, Retry-After); work resumes by itself',
  },
  host_budget: {
    class: 'pause',
    hint: "the host's budget is used up; the event waits, no attempt is spent",
  },
  http_refused: { class: 'dead', hint: 'the host refuses this request; check the URL, then discard or redrive' },
  unexpected_304: { class: 'retry', hint: 'a cache answered 304 to a request without a validator' },
  redirect_refused: { class: 'dead', hint: 'the redirect leaves the allowed hosts; see UPSTREAM_URL and MEDIA_HOSTS' },
  body_too_large: { class: 'dead', hint: 'the body is over the limit; see MAX_JSON_BYTES and MAX_MEDIA_BYTES' },
  encoding_invalid: {
    class: 'retry',
    attempts: 2,
    hint: 'the body does not decode by its Content-Encoding; a proxy may be in between',
  },
  not_json: { class: 'retry', attempts: 2, hint: 'the host sent something that is no JSON; a proxy may be in between' },
  json_invalid: {
    class: 'retry',
    attempts: 2,
    hint: 'the body does not parse as a JSON object; a proxy may be in between',
  },
  image_invalid: {
    class: 'dead',
    hint: 'the bytes are not what the URL claims; look at them, then discard or redrive',
  },
  // Postgres
  pg_unavailable: {
    class: 'pause',
    dependency: 'postgres',
    hint: 'Postgres refuses connections; work resumes by itself',
  },
  pg_conflict: { class: 'retry', hint: 'Postgres gave up on a conflict between transactions; it is tried again' },
  json_not_storable: { class: 'dead', hint: 'jsonb refuses this document (\\u0000, lone surrogates or depth)' },
  pg_schema: { class: 'fatal', hint: 'the database has not the tables of this version; run the migrations' },
  pg_auth: { class: 'fatal', hint: 'Postgres refuses these credentials or this database; check DATABASE_URL' },
  // object store
  s3_unavailable: {
    class: 'pause',
    dependency: 'object_store',
    hint: 'the object store does not answer; work resumes by itself',
  },
  s3_config: { class: 'fatal', hint: 'the object store refuses us; check S3_BUCKET, S3_ACCESS_KEY, S3_SECRET_KEY' },
  object_refused: { class: 'dead', hint: 'the object store refuses this object' },
  // registry and Kafka
  registry_unavailable: {
    class: 'pause',
    dependency: 'registry',
    hint: 'the schema registry does not answer; work resumes by itself',
  },
  schema_incompatible: { class: 'fatal', hint: 'the registry refuses our schema; see schemas/README.md' },
  kafka_unavailable: {
    class: 'pause',
    dependency: 'kafka',
    hint: 'Kafka does not answer; work resumes by itself',
  },
  kafka_config: {
    class: 'fatal',
    hint: 'Kafka refuses the topic, the record or who sends it; check topics, ACLs, KAFKA_USERNAME and KAFKA_PASSWORD',
  },
  // events
  undecodable: { class: 'dead', hint: 'the bytes are no event of this topic; see the message, then discard' },
  host_refused: { class: 'dead', hint: 'the host is not allowed; see UPSTREAM_URL and MEDIA_HOSTS' },
  path_invalid: { class: 'dead', hint: 'the path is not type/id or type/id/encounters' },
  deadline: { class: 'retry', hint: 'handling took longer than HANDLER_DEADLINE_MS; it moves to a retry tier' },
  internal: { class: 'retry', hint: 'a defect of ours; the log has the stack' },
  // the process
  port_unavailable: { class: 'fatal', hint: 'another process has the port, or the address is not ours; see HTTP_PORT' },
  settings_file_invalid: { class: 'fatal', hint: 'mend the file and start again; nothing of it was applied' },
  // seeding
  type_unknown: { class: 'dead', hint: 'the upstream has no such resource type; GET its index for the list' },
  idempotency_conflict: { class: 'dead', hint: 'an idempotency key names one request; use a new key for another' },
  discovery_failed: { class: 'retry', hint: 'the upstream lists could not be read; seed again when it answers' },
  page_missing: { class: 'fatal', hint: 'the status page has not been bundled; run `npm run build`' },

  // the bundled sample upstream
  upstream_dir_invalid: { class: 'fatal', hint: 'name a directory that has data/api/v2/index.json in it' },
} as const satisfies Record<string, CodeFacts>

/** The codes that have facts of their own. */
export type DefinedCode = keyof typeof codes
/** A stable string that operators, dashboards and headers rely on. `http_503` and its like are made from the status. */
export type ErrorCode = DefinedCode | `http_${number}`

/** Every code of ours and the statuses that are met most, for metrics, whose series begin at zero. */
export const KNOWN_CODES: readonly ErrorCode[] = [
  ...(Object.keys(codes) as DefinedCode[]),
  ...([401, 403, 408, 500, 502, 503, 504] as const).map((status) => `http_${status}` as const),
]

const SERVER_ERROR: CodeFacts = { ...codes.http_retryable, dependency: 'upstream' }

const factsOf = (code: ErrorCode): CodeFacts => {
  if (Object.hasOwn(codes, code)) return codes[code as DefinedCode]
  const status = Number(code.slice('http_'.length))
  if (status === 404 || status === 410) return { class: 'gone', hint: 'the upstream no longer has it' }
  if (status === 408 || status === 425 || status === 429) return codes.http_retryable
  if (status >= 500) return SERVER_ERROR
  return codes.http_refused
}

/** The class of a code; `http_<status>` is classed by the status (facts: reliability, section 1). */
export const errorClassOf = (code: ErrorCode): ErrorClass => factsOf(code).class
/** What the operator does about a code. */
export const errorHintOf = (code: ErrorCode): string => factsOf(code).hint
/** How often an event with this error is tried at most; undefined leaves it to the number of retry tiers. */
export const attemptsOf = (code: ErrorCode): number | undefined => factsOf(code).attempts
/** The dependency whose outage a code may be a sign of; undefined where the failure is the event's own. */
export const dependencyOf = (code: ErrorCode): Dependency | undefined => factsOf(code).dependency
