import type { Code, Html, Parent, RootContent } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { visit } from 'unist-util-visit'

/** What a reader of a page is told to run. */
export interface Block {
  /** 1 for the page's first line. */
  readonly line: number
  readonly language: 'sh' | 'sql'
  readonly text: string
  /** Shell commands that make what the page takes for given, from `<!-- setup: … -->`. */
  readonly setup: string | undefined
  /** Why it is not run, from `<!-- not run: … -->`. */
  readonly notRun: string | undefined
  /** What the page shows as its output: a `text` block right after it. */
  readonly output: string | undefined
}

const isHtml = (node: RootContent | undefined): node is Html => node?.type === 'html'
const isCode = (node: RootContent | undefined): node is Code => node?.type === 'code'

const languageOf = ({ lang }: Code): Block['language'] | undefined => {
  if (lang === 'sql') return 'sql'
  return lang === 'sh' || lang === 'bash' || lang === 'shell' || lang === 'console' ? 'sh' : undefined
}

const markOf = (mark: string, node: RootContent | undefined, line: number): string | undefined => {
  const [, text] = (isHtml(node) && new RegExp(`^<!--\\s*${mark}:(.*)-->$`, 's').exec(node.value.trim())) || []
  if (text?.trim() === '') throw new Error(`line ${line}: \`<!-- ${mark}: -->\` says nothing`)
  return text?.trim()
}

/** The `sh` and `sql` blocks of a page, in its order. */
export const blocksOf = (markdown: string): Block[] => {
  const blocks: Block[] = []
  visit(fromMarkdown(markdown), 'code', (node: Code, index: number | undefined, parent: Parent | undefined) => {
    const language = languageOf(node)
    if (language === undefined || index === undefined || parent === undefined) return
    const line = node.position?.start.line ?? 0
    const before = parent.children[index - 1]
    const after = parent.children[index + 1]
    blocks.push({
      line,
      language,
      text: node.value,
      setup: markOf('setup', before, line),
      notRun: markOf('not run', before, line),
      output: isCode(after) && after.lang === 'text' ? after.value : undefined,
    })
  })
  return blocks
}

/** Code in the running text, such as `npx pokepedia status`, with its line. */
export const inlineCodeOf = (markdown: string): { line: number; text: string }[] => {
  const found: { line: number; text: string }[] = []
  visit(fromMarkdown(markdown), 'inlineCode', (node) => {
    found.push({ line: node.position?.start.line ?? 0, text: node.value })
  })
  return found
}

/** Addresses outside the repository, with their lines. */
export const addressesOf = (markdown: string): { line: number; url: string }[] => {
  const found: { line: number; url: string }[] = []
  visit(fromMarkdown(markdown), ['link', 'image', 'definition'], (node) => {
    if ('url' in node && /^[a-z][a-z0-9+.-]*:/i.test(node.url)) {
      found.push({ line: node.position?.start.line ?? 0, url: node.url })
    }
  })
  return found
}
