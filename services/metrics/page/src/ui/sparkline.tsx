import { clockTime, count } from '../../../src/page/format.ts'

export interface Point {
  readonly at: string
  readonly ready: number
  readonly delayed: number
}

const WIDTH = 240
const HEIGHT = 44

/** What the line shows, in words. */
const wordsFor = (points: readonly Point[], total: (point: Point) => number): string => {
  const first = points[0]
  const last = points.at(-1)
  if (!first || !last) return 'Last hour: nothing measured yet'
  const highest = points.reduce((most, point) => (total(point) > total(most) ? point : most), first)
  return `Last hour: ${count(total(first))} waited at ${clockTime(first.at)} UTC, at most ${count(total(highest))} at ${clockTime(highest.at)}, now ${count(total(last))}`
}

/** What waited in a queue over the last hour. */
export const Sparkline = ({ points }: { points: readonly Point[] }) => {
  const total = ({ ready, delayed }: Point): number => ready + delayed
  const words = wordsFor(points, total)
  const top = Math.max(1, ...points.map(total))
  const endMs = Date.parse(points.at(-1)?.at ?? '') || 0
  const x = ({ at }: Point): string => (WIDTH * Math.max(0, 1 - (endMs - Date.parse(at)) / 3_600_000)).toFixed(1)
  const y = (value: number): string => (HEIGHT - 2 - (HEIGHT - 6) * (value / top)).toFixed(1)
  const lineOf = (value: (point: Point) => number): string =>
    points.map((point, i) => `${i === 0 ? 'M' : 'L'}${x(point)} ${y(value(point))}`).join('')
  const first = points[0]
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={words}>
      <title>{words}</title>
      <path class="spark-base" d={`M0 ${HEIGHT - 2}H${WIDTH}`} />
      {first && (
        <>
          <path class="spark-area" d={`${lineOf(total)}L${WIDTH} ${HEIGHT - 2}L${x(first)} ${HEIGHT - 2}Z`} />
          <path class="spark-delayed" d={lineOf(({ delayed }) => delayed)} />
          <path class="spark-line" d={lineOf(total)} />
        </>
      )}
    </svg>
  )
}
