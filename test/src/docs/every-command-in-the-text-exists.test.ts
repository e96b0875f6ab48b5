import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { KAFKA_TOOLS } from '@pokepedia/stack'
import { z } from 'zod'
import { addressesOf, blocksOf, inlineCodeOf } from './blocks.ts'
import { pagesOf } from './pages.ts'

// What stands in the running text, or is not run, is at least there: the verb with its options, the script, the tool.
// The blocks of the pages are run by every-documented-command-works.test.ts.

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const scripts = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))).scripts

const helps = new Map<string, string>()
const helpOf = (verb: string): string => {
  const known = helps.get(verb)
  if (known !== undefined) return known
  const args = [join(root, 'cli/dist/src/main.js'), ...verb.split(' '), '--help']
  const help = execFileSync(process.execPath, args, { encoding: 'utf8' })
  helps.set(verb, help)
  return help
}

/** The verb, with its subverb where it has such; `up` for `npm start`. */
const verbOf = (command: string): string | undefined => {
  if (/^npm start\b/.test(command)) return 'up'
  const [, verb, subverb] = /^(?:npx )?pokepedia ([a-z]+)(?: ([a-z]+))?/.exec(command) ?? []
  if (verb === undefined || subverb === undefined) return verb
  return helpOf(verb).includes(`pokepedia ${verb} ${subverb}`) ? `${verb} ${subverb}` : verb
}

const faultOf = (command: string): string | undefined => {
  const [, script] = /^npm run (?:--silent )?([a-z:-]+)/.exec(command) ?? []
  if (script !== undefined && scripts[script] === undefined) return `package.json has no script ${script}`
  const [, tool] = /^npm run (?:--silent )?kafka -- ([a-z-]+)/.exec(command) ?? []
  if (tool !== undefined && !Object.hasOwn(KAFKA_TOOLS, tool)) return `npm run kafka knows no ${tool}`
  const verb = verbOf(command)
  if (verb === undefined) return undefined
  const help = helpOf(verb)
  if (!help.startsWith(`pokepedia ${verb}`)) return `pokepedia has no verb ${verb}`
  const [options = ''] = command.split(/[|>#]/)
  const unknown = [...options.matchAll(/ (--[a-z-]+)/g)].map(([, option = '']) => option)
  return unknown.filter((option) => !help.includes(option)).map((option) => `${verb} has no ${option}`)[0]
}

const pages = await pagesOf(root)

test('every verb, option, script and tool that the pages name is there', () => {
  const commands = pages.flatMap(({ path, markdown }) => [
    ...inlineCodeOf(markdown).map(({ line, text }) => ({ path, line, text })),
    ...blocksOf(markdown).flatMap(({ line, text }) =>
      text.split('\n').map((command, index) => ({ path, line: line + index + 1, text: command })),
    ),
  ])
  const known = commands.filter(({ text }) => verbOf(text) !== undefined)
  assert.ok(known.length > 20, `${known.length} commands were found`)
  const faults = commands.flatMap(({ path, line, text }) => {
    const fault = faultOf(text)
    return fault === undefined ? [] : [`${path}:${line}: ${fault}: ${text}`]
  })
  assert.deepEqual(faults, [])
})

test('a test that covers what is not run is there', () => {
  for (const { path, markdown } of pages)
    for (const { line, notRun = '' } of blocksOf(markdown))
      for (const [file] of notRun.matchAll(/\S+\.test\.ts/g))
        assert.ok(existsSync(join(root, file)), `${path}:${line} names ${file}`)
})

test('an address outside the repository is one', () => {
  for (const { path, markdown } of pages)
    for (const { line, url } of addressesOf(markdown))
      assert.ok(
        URL.canParse(url) && /^(https:|mailto:|http:\/\/(localhost|127\.0\.0\.1)[:/])/.test(url),
        `${path}:${line}: ${url}`,
      )
})
