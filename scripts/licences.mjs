// `npm run licences`: fails where a package that is installed has a licence that is not of the list. Reads from the
// lock file, or another one that is given, what packages say of themselves, as SPDX expressions; one side of an OR is enough.
import { readFileSync } from 'node:fs'

const ALLOWED = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Python-2.0',
])
/** For tools that we do not ship. */
const ALLOWED_FOR_TOOLS = new Set([...ALLOWED, 'MPL-2.0', 'CC-BY-3.0', 'CC-BY-4.0', 'Unlicense'])
/** Packages that say nothing in package.json, with what their LICENSE file says; looked at by a person. */
const SAID_ELSEWHERE = new Map([['@kafkajs/confluent-schema-registry', 'MIT']])

const isFine = (expression, allowed) =>
  expression
    .replace(/[()]/g, ' ')
    .split(/ OR /)
    .some((choice) => choice.split(/ AND /).every((licence) => allowed.has(licence.trim())))

const [, , file = new URL('../package-lock.json', import.meta.url)] = process.argv
const lock = JSON.parse(readFileSync(file, 'utf8'))
const installed = Object.entries(lock.packages).filter(([path, { link }]) => path.includes('node_modules/') && !link)
const refused = installed.flatMap(([path, { version, license, dev = false }]) => {
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
  const says = license ?? SAID_ELSEWHERE.get(name)
  if (says !== undefined && isFine(says, dev ? ALLOWED_FOR_TOOLS : ALLOWED)) return []
  return [`${name} ${version}: ${says ?? 'no licence in package.json'}${dev ? ' (a tool, not shipped)' : ''}`]
})
for (const line of refused) console.error(line)
console.log(`licences: ${installed.length} packages, ${refused.length} refused`)
process.exit(refused.length > 0 || installed.length === 0 ? 1 : 0)
