import { ingestQueue, isResourcePath, pathOfUrl, type ResourcePath, resourcePathSchema } from '@pokepedia/events'
import { z } from 'zod'
import { eachPage } from '../each-page.ts'
import { textsIn } from '../json-texts.ts'
import type { Store } from '../store.ts'
import type { Listing } from './completeness.ts'
import type { Fault } from './fault.ts'
import { saidGone } from './said-gone.ts'

export interface LinksOptions {
  readonly listing: Listing
  /** Documents of these types, and what they say of these types; all unless given. */
  readonly types: readonly string[] | undefined
}

/** Documents that are held at once; the largest of PokeAPI has some MB. */
const PAGE = 16

const documentRow = z.object({ path: resourcePathSchema, url: z.string(), text: z.string() })
type DocumentRow = z.infer<typeof documentRow>
const pathRows = z.array(z.object({ path: z.string() }))

const SELECT = `select path, url, data::text as text from pokeapi_resources
  where status = 'present' and ($1::text[] is null or resource_type = any ($1)) order by path`

/** The root of the API that a document came from: a copy may have moved to another upstream since. */
const rootOf = ({ url, path }: DocumentRow): string | undefined => {
  const at = url.lastIndexOf(`/${path}`)
  return at < 0 ? undefined : url.slice(0, at + 1)
}

/** The links below the root, each once, as text. Looks at the text: parsing 400 MB takes five times as long. */
const linksIn = (text: string, root: string): Set<string> => {
  const links = new Set<string>()
  const start = `"${root}`
  for (let at = text.indexOf(start); at >= 0; at = text.indexOf(start, at)) {
    const end = text.indexOf('"', at + start.length)
    links.add(text.slice(at + 1, end))
    at = end
  }
  return links
}

/** Tells which links lead somewhere; each target is looked up once. */
const openTargets = (store: Store, { listing, types }: LinksOptions) => {
  const listed = new Map([...listing].map(([type, paths]) => [type, paths as ReadonlySet<string>]))
  const known = new Map<string, boolean>()
  const isJudged = (type: string): boolean => types === undefined || types.includes(type)

  const lookUp = async (paths: readonly string[]): Promise<void> => {
    if (paths.length === 0) return
    const rows = await store.query('looking up links', 'select path from pokeapi_resources where path = any ($1)', [
      paths,
    ])
    for (const path of paths) known.set(path, false)
    for (const { path } of pathRows.parse(rows)) known.set(path, true)
  }
  const leads = (target: string): boolean | undefined => {
    const [type = '', id = ''] = target.split('/')
    // The index, and the list of a type.
    if (!isJudged(type) || type === '' || (id === '' && listed.has(type))) return true
    return listed.get(type)?.has(target) || known.get(target)
  }
  return { leads, lookUp }
}

const targetOf = (root: string, link: string): string =>
  pathOfUrl(root, link) ?? link.slice(root.length).replace(/[?#].*$/, '')

/**
 * Links to resources that are neither stored nor listed by the upstream, nor denied by it. A link is a string that
 * begins with the root of the API its document came from. A target that is listed and not stored is missing, and is
 * told of once, not for each link. Streams the documents; holds each target that is not listed.
 */
export const linkFaults = async (store: Store, options: LinksOptions): Promise<Fault[]> => {
  const { leads, lookUp } = openTargets(store, options)
  const found: { path: ResourcePath; pointer: string; link: string; target: string }[] = []

  const look = (row: DocumentRow, root: string, links: ReadonlySet<string>): void => {
    const dead = new Set([...links].filter((link) => leads(targetOf(root, link)) === false))
    if (dead.size === 0) return
    const at = textsIn(JSON.parse(row.text), (text) => (dead.has(text) ? targetOf(root, text) : undefined))
    for (const { text, kind, pointer } of at) found.push({ path: row.path, pointer, link: text, target: kind })
  }

  const page = { text: SELECT, values: [options.types ?? null], pageSize: PAGE }
  await eachPage(store, 'reading the documents', page, async (rows) => {
    const documents = z
      .array(documentRow)
      .parse(rows)
      .flatMap((row) => {
        const root = rootOf(row)
        return root === undefined ? [] : [{ row, root, links: linksIn(row.text, root) }]
      })
    const targets = documents.flatMap(({ root, links }) => [...links].map((link) => targetOf(root, link)))
    await lookUp([...new Set(targets)].filter((target) => leads(target) === undefined))
    for (const { row, root, links } of documents) look(row, root, links)
  })

  const denied = await saidGone(store, ingestQueue.name, [...new Set(found.map(({ target }) => target))])
  return found
    .filter(({ target }) => !denied.has(target))
    .map(({ path, pointer, link, target }) => ({
      kind: 'link',
      key: path,
      detail: `${pointer} leads to ${link}, which is neither stored nor listed`,
      seeds: isResourcePath(target) ? [path, target] : [path],
    }))
}
