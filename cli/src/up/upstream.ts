import { join, resolve } from 'node:path'
import { projectRoot } from './layout.ts'

/** Where the resources come from. */
export type UpstreamChoice =
  | { readonly kind: 'url'; readonly url: string }
  /** The bundled sample server with made-up data, or with a directory of PokeAPI/api-data. */
  | { readonly kind: 'sample'; readonly pokemon: number }
  | { readonly kind: 'directory'; readonly directory: string }

/** As many as the first generation has. */
const SAMPLE_POKEMON = 151

/** The choice that `--upstream`, `--upstream-dir` and `--pokemon` make; at most one of them is given. */
export const upstreamChoice = (given: {
  upstream?: string | undefined
  upstreamDir?: string | undefined
  pokemon?: number | undefined
}): UpstreamChoice => {
  if (given.upstream !== undefined) return { kind: 'url', url: given.upstream }
  if (given.upstreamDir !== undefined) return { kind: 'directory', directory: resolve(given.upstreamDir) }
  return { kind: 'sample', pokemon: given.pokemon ?? SAMPLE_POKEMON }
}

export const sampleEntry = join(projectRoot, 'stack/dist/src/sample/main.js')

/** The arguments of the sample server's process. */
export const sampleArguments = (choice: Exclude<UpstreamChoice, { kind: 'url' }>, port: number): string[] => [
  '--port',
  String(port),
  ...(choice.kind === 'directory' ? ['--upstream-dir', choice.directory] : ['--pokemon', String(choice.pokemon)]),
]

export const sampleUrl = (port: number): string => `http://127.0.0.1:${port}/api/v2/`

/** Where the bundled server has the media that its documents name. */
export const mediaRootOf = (choice: UpstreamChoice, apiRoot: string): { mediaRoot?: string } =>
  choice.kind === 'url' ? {} : { mediaRoot: new URL('/media/', apiRoot).href }
