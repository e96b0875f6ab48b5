/** Paths counted one by one; more are only counted together, so that the memory stays bounded. */
const PATHS_MAX = 50_000
const TOP = 20

/** Requests since the start. */
export interface RequestCounts {
  /** Requests to `/api/v2/`, whatever the answer. */
  json: number
  /** Requests to `/media/`, whatever the answer. */
  media: number
  /** Answers 304, of either kind. */
  notModified: number
}

/** What `GET /__requests` answers. */
export interface RequestReport extends RequestCounts {
  /** Faults that hit, by kind. */
  readonly faults: Readonly<Record<string, number>>
  readonly inFlight: number
  readonly peakConcurrency: number
  /** The most requests that began within any second. */
  readonly peakRequestsPerSecond: number
  /** The most requested paths, first the most frequent. */
  readonly top: readonly { readonly path: string; readonly count: number }[]
  /** Requests to paths beyond the first 50,000, which are not in `top`. */
  readonly uncounted: number
}

export interface RequestLog {
  /** Lives on; the numbers in it change. */
  readonly counts: RequestCounts
  begin(path: string): void
  fault(kind: string): void
  end(status: number): void
  report(): RequestReport
  /** Forgets everything but the requests in flight. */
  reset(): void
}

/** Counts requests, for tests: how many, how often, how many at once. */
export const openRequestLog = (): RequestLog => {
  const counts: RequestCounts = { json: 0, media: 0, notModified: 0 }
  const byPath = new Map<string, number>()
  const faults: Record<string, number> = {}
  /** When the requests of the last second began. */
  const lastSecond: number[] = []
  let [inFlight, peakConcurrency, peakRequestsPerSecond, uncounted] = [0, 0, 0, 0]

  const countPath = (path: string) => {
    const known = byPath.get(path)
    if (known === undefined && byPath.size >= PATHS_MAX) uncounted++
    else byPath.set(path, (known ?? 0) + 1)
  }
  const countSecond = () => {
    const now = performance.now()
    lastSecond.push(now)
    while ((lastSecond[0] ?? now) <= now - 1_000) lastSecond.shift()
    peakRequestsPerSecond = Math.max(peakRequestsPerSecond, lastSecond.length)
  }
  const top = () =>
    [...byPath]
      .map(([path, count]) => ({ path, count }))
      .sort((a, b) => b.count - a.count)
      .slice(0, TOP)

  return {
    counts,
    begin: (path) => {
      if (path.startsWith('/media/')) counts.media++
      else counts.json++
      inFlight++
      peakConcurrency = Math.max(peakConcurrency, inFlight)
      countPath(path)
      countSecond()
    },
    fault: (kind) => {
      faults[kind] = (faults[kind] ?? 0) + 1
    },
    end: (status) => {
      inFlight--
      if (status === 304) counts.notModified++
    },
    report: () => ({
      ...counts,
      faults: { ...faults },
      inFlight,
      peakConcurrency,
      peakRequestsPerSecond,
      top: top(),
      uncounted,
    }),
    reset: () => {
      Object.assign(counts, { json: 0, media: 0, notModified: 0 })
      byPath.clear()
      for (const kind of Object.keys(faults)) delete faults[kind]
      peakConcurrency = inFlight
      peakRequestsPerSecond = uncounted = 0
    },
  }
}
