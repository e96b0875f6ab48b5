/**
 * The sum of the samples of a metric in Prometheus' text format whose labels include those given; 0 without any.
 * `metricSum('a{x="1"} 2\n', 'a', { x: '1' })` → 2.
 */
export const metricSum = (text: string, name: string, labels: Readonly<Record<string, string>>): number =>
  text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
