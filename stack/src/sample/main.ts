import { parseArgs } from 'node:util'
import { isPipelineError, messageOf } from '@pokepedia/errors'
import { z } from 'zod'
import { faultRulesSchema } from './faults.ts'
import { type SampleUpstreamOptions, startSampleUpstream } from './upstream.ts'

const USAGE = `usage: node main.js [--port N] [--host H] [--origin URL] [--faults JSON]
                    [--pokemon N (151) --seed N (1) | --upstream-dir DIR]
Serves a made-up PokeAPI of N pokemon, or a directory of PokeAPI/api-data, as https://pokeapi.co/api/v2/ does.
Prints {"url": …} when ready and stops on SIGTERM or SIGINT.`

const json = z.string().transform((text, context) => {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue({ code: 'custom', message: 'is not JSON' })
    return z.NEVER
  }
})

const argumentsSchema = z
  .object({
    port: z.coerce.number().int().min(0).max(65_535).optional(),
    host: z.string().optional(),
    origin: z.url({ protocol: /^https?$/ }).optional(),
    pokemon: z.coerce.number().int().min(1).max(1_000_000).optional(),
    seed: z.coerce.number().int().optional(),
    'upstream-dir': z.string().min(1).optional(),
    faults: json.pipe(faultRulesSchema).optional(),
  })
  .refine((given) => given['upstream-dir'] === undefined || (given.pokemon ?? given.seed) === undefined, {
    message: '--upstream-dir serves a directory; --pokemon and --seed are for the made-up data',
  })

const optionsOf = (argv: readonly string[]): SampleUpstreamOptions => {
  const text = { type: 'string' } as const
  const options = {
    port: text,
    host: text,
    origin: text,
    pokemon: text,
    seed: text,
    'upstream-dir': text,
    faults: text,
  }
  const given = argumentsSchema.safeParse(parseArgs({ args: [...argv], options, strict: true }).values)
  if (!given.success) throw new Error(z.prettifyError(given.error))
  const { port, host, origin, pokemon = 151, seed, 'upstream-dir': directory, faults } = given.data
  return {
    port,
    host,
    origin: origin?.replace(/\/$/, ''),
    faults,
    source: directory === undefined ? { kind: 'generated', pokemon, seed } : { kind: 'directory', directory },
    log: (line) => process.stderr.write(`${line}\n`),
  }
}

const exit = (code: number, message: string): never => {
  process.stderr.write(`${message}\n`)
  process.exit(code)
}

const parsed = (() => {
  try {
    return optionsOf(process.argv.slice(2))
  } catch (error) {
    return exit(2, `${messageOf(error)}\n${USAGE}`)
  }
})()

const upstream = await startSampleUpstream(parsed).catch((error: unknown) =>
  exit(isPipelineError(error) && error.code === 'upstream_dir_invalid' ? 2 : 1, messageOf(error)),
)
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    upstream.stop().then(
      () => process.exit(0),
      (error: unknown) => exit(1, messageOf(error)),
    )
  })
}
process.stdout.write(`${JSON.stringify({ url: upstream.url })}\n`)
