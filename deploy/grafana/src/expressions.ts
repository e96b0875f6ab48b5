/** A selector with what each selector has: the dashboard's choice of job and instance. */
export const select = (metric: string, ...matchers: readonly string[]): string =>
  `${metric}{${[...matchers, 'job=~"$job"', 'instance=~"$instance"'].join(', ')}}`

/** A selector of a metric that has a queue. */
export const ofQueue = (metric: string, ...matchers: readonly string[]): string =>
  select(metric, 'queue=~"$queue"', ...matchers)

/** Per second. */
export const rate = (selector: string): string => `rate(${selector}[$__rate_interval])`

/** Over the time that the dashboard shows. */
export const increase = (selector: string): string => `increase(${selector}[$__range])`

// What the metrics service exports, each instance of it exports alike: the maximum of the instances comes before any sum.

const by = (labels: string): string => (labels === '' ? '' : ` by (${labels})`)
export const sum = (labels: string, expression: string): string => `sum${by(labels)} (${expression})`
export const max = (labels: string, expression: string): string => `max${by(labels)} (${expression})`
export const min = (labels: string, expression: string): string => `min${by(labels)} (${expression})`

/** A quantile of a histogram, given by the selector of its buckets. */
export const quantile = (q: number, labels: string, buckets: string): string =>
  `histogram_quantile(${q}, ${sum(labels === '' ? 'le' : `le, ${labels}`, rate(buckets))})`
