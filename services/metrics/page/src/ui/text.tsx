import { count, duration, utc } from '../../../src/page/format.ts'
import { now } from '../state/clock.ts'

/** A time as its distance from now, the exact one on hover; `–` for none. */
export const Ago = ({ at }: { at: string | null | undefined }) => {
  if (!at) return <span class="muted">–</span>
  const seconds = (now.value - Date.parse(at)) / 1_000
  return (
    <time dateTime={at} title={utc(at)}>
      {seconds < -0.5 ? `in ${duration(-seconds)}` : `${duration(seconds)} ago`}
    </time>
  )
}

/** How old something is; `–` for nothing. */
export const Age = ({ since }: { since: string | null | undefined }) => {
  if (!since) return <span class="muted">–</span>
  return (
    <time dateTime={since} title={utc(since)}>
      {duration((now.value - Date.parse(since)) / 1_000)}
    </time>
  )
}

/** A time in UTC, in full. */
export const At = ({ at }: { at: string | null | undefined }) =>
  at ? <time dateTime={at}>{utc(at)}</time> : <span class="muted">–</span>

/** A number, quiet when it is 0; `–` where it does not apply. */
export const Count = ({ of }: { of: number | null | undefined }) =>
  of === null || of === undefined || of < 0 ? (
    <span class="muted">–</span>
  ) : (
    <span class={of === 0 ? 'muted' : undefined}>{count(of)}</span>
  )

/** The first and the last part of an id, the whole on hover. */
export const Id = ({ of }: { of: string }) => (
  <code title={of}>{of.length > 14 ? `${of.slice(0, 8)}…${of.slice(-4)}` : of}</code>
)
