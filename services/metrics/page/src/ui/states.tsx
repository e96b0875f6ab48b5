import type { ComponentChildren } from 'preact'
import type { Problem } from '../state/api.ts'
import type { Resource } from '../state/use-resource.ts'

/** Grey bars of the size of what will stand here. */
export const Skeleton = ({ rows = 3 }: { rows?: number }) => (
  <div class="skeleton">
    <span class="sr-only">Loading</span>
    {Array.from({ length: rows }, (_, row) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: the bars are all alike
      <span class="bone" key={row} aria-hidden="true" />
    ))}
  </div>
)

/** Why there is nothing, and what to do next. */
export const Empty = ({ children }: { children: ComponentChildren }) => <p class="empty">{children}</p>

/** What went wrong, with what someone needs who looks for it in the log. */
export const ProblemNotice = ({ what, problem, onRetry }: { what: string; problem: Problem; onRetry?: () => void }) => (
  <div class="notice bad">
    <p>
      <strong>{what}:</strong> {problem.detail} <code>{problem.code}</code>
      {problem.requestId && (
        <span class="muted">
          {' '}
          request <code>{problem.requestId}</code>
        </span>
      )}
    </p>
    {onRetry && (
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    )}
  </div>
)

interface LoadedProps<Body> {
  readonly what: string
  readonly from: Resource<Body>
  readonly rows?: number
  readonly children: (body: Body) => ComponentChildren
}

/** Shows what was read; greyed with the reason while it can't be read again. */
export const Loaded = <Body,>({ what, from, rows, children }: LoadedProps<Body>) => (
  <>
    {from.problem && <ProblemNotice what={`${what} can't be read`} problem={from.problem} onRetry={from.reload} />}
    {from.data === undefined && !from.problem && <Skeleton {...(rows ? { rows } : {})} />}
    {from.data !== undefined && <div class={from.problem ? 'stale' : undefined}>{children(from.data)}</div>}
  </>
)
