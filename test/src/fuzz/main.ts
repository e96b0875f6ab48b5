import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { openTargets, type Target } from './targets.ts'

// `npm run fuzz [-- --seconds N] [--seed N]`: spoils real events, headers and documents for ten minutes and puts them into
// the code that reads them. Ends with 1 at the first input that is answered with anything but an error of ours, and
// prints the smallest one and its seed. See docs/decisions/026-fuzzing.md.

const ROUND = 1_000

const wholeNumber = (name: string, text: string): number => {
  if (/^[0-9]{1,9}$/.test(text)) return Number(text)
  console.error(`--${name}: must be a whole number, is ${JSON.stringify(text)}`)
  return process.exit(2)
}

/** One round; what to print where an input was not answered. */
const failureIn = async ({ input, check }: Target, seed: number): Promise<string | undefined> => {
  const property = fc.asyncProperty(input, check)
  const details = await fc.check(property, { seed, numRuns: ROUND })
  return details.failed ? fc.asyncDefaultReportMessage(details) : undefined
}

const fuzz = async (seconds: number, firstSeed: number): Promise<number> => {
  await using opened = await openTargets()
  const { targets } = opened
  // Said first: when V8 itself gives up, nothing else is said.
  console.error(`from seed ${firstSeed}`)
  const end = Date.now() + seconds * 1_000
  let inputs = 0
  for (let seed = firstSeed; Date.now() < end; seed += 1)
    for (const target of targets) {
      const failure = await failureIn(target, seed)
      if (failure !== undefined) {
        console.error(`${target.name}, --seed ${seed}: ${failure}`)
        return 1
      }
      inputs += ROUND
    }
  const names = targets.map(({ name }) => name).join(', ')
  console.log(`${inputs} inputs in ${seconds} s from seed ${firstSeed}, no crash: ${names}`)
  return 0
}

const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } })
const seconds = wholeNumber('seconds', values.seconds ?? '600')
const seed = wholeNumber('seed', values.seed ?? String(Date.now() % 1_000_000_000))
process.exitCode = await fuzz(seconds, seed)
