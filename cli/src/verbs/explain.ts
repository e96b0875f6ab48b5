import { isResourcePath, pathOfUrl, type ResourcePath } from '@pokepedia/events'
import { storeOf } from '../deployment-store.ts'
import { explain, explanationText } from '../explain.ts'
import { failure, usageError } from '../failure.ts'
import { readStackJson, type StackJson } from '../stack-json.ts'
import { openTerminal } from '../terminal.ts'
import { layoutOf } from '../up/layout.ts'
import type { Cli } from './common.ts'

const noPath = (text: string) =>
  usageError(`${JSON.stringify(text)} is no resource path; write pokemon/25 or pokemon/25/encounters`)

const pathOf = (text: string, { upstream }: StackJson): ResourcePath => {
  const path = pathOfUrl(upstream, text) ?? text.replace(/^\/|\/$/g, '')
  if (isResourcePath(path)) return path
  throw noPath(text)
}

/** What can be no path of any upstream is refused before anything is asked. */
const pathOrUrl = (value: unknown): string => {
  const text = String(value)
  if (URL.canParse(text) || isResourcePath(text.replace(/^\/|\/$/g, ''))) return text
  throw noPath(text)
}

/** `pokepedia explain PATH`: everything that happened to one resource. */
export const addExplain = (cli: Cli): Cli =>
  cli.command(
    'explain <path>',
    'Tell everything that happened to one resource, in time order; 1 if nothing is known of it',
    (verb) =>
      verb.positional('path', {
        type: 'string',
        demandOption: true,
        describe: 'For example pokemon/25, or its URL',
        coerce: pathOrUrl,
      }),
    async (args) => {
      const stack = await readStackJson(layoutOf(args.directory))
      const path = pathOf(args.path, stack)
      await using store = storeOf(stack)
      const explanation = await explain(stack, store, path)
      const { resource, runs, letters, events } = explanation
      if (resource === null && runs.length + letters.length + events.length === 0)
        throw failure(`nothing is known of ${path}; \`pokepedia seed\` asks for it`)
      openTerminal(args.json).result(explanation, explanationText(explanation))
    },
  )
