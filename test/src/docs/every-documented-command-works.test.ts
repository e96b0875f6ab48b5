import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Block, blocksOf } from './blocks.ts'
import { type RunningCheckout, startCheckout } from './checkout.ts'
import { pagesOf } from './pages.ts'
import { openShell, type Shell } from './shell.ts'
import { missingLine } from './shown-output.ts'

// Every `sh` and `sql` block of every page, in the order of the page, in one shell a page, against one deployment in a
// copy of the checkout. A block after `<!-- not run: REASON -->` is skipped with its reason; `<!-- setup: COMMANDS -->`
// makes what a block takes for given. A `text` block right after it is what it must print.

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const BLOCK_LIMIT_MS = 5 * 60_000
const POSTGRES = `"$(node -p "require('./.local/stack.json').postgres")"`

const scriptOf = ({ language, text }: Block): string =>
  language === 'sh' ? `${text}\n` : `psql --set ON_ERROR_STOP=1 ${POSTGRES} <<'END_OF_SQL'\n${text}\nEND_OF_SQL\n`

const titleOf = ({ line, text }: Block): string => `line ${line}: ${text.split('\n')[0]}`

const runBlock = async (shell: Shell, block: Block): Promise<void> => {
  if (block.setup !== undefined) {
    const made = await shell.run(`${block.setup}\n`, BLOCK_LIMIT_MS)
    assert.ok(made.ok, `its setup failed:\n${block.setup}\n\n${made.output}`)
  }
  const { ok, output } = await shell.run(scriptOf(block), BLOCK_LIMIT_MS)
  assert.ok(ok, `it failed:\n${block.text}\n\n${output}`)
  const missing = block.output === undefined ? undefined : missingLine(block.output, output)
  assert.ok(missing === undefined, `the page shows ${JSON.stringify(missing)}; the real output is:\n${output}`)
}

const words = (process.env['POKEPEDIA_DOCS_PAGES'] ?? '').split(' ').filter((word) => word !== '')
const pages = (await pagesOf(root))
  .filter(({ path }) => words.length === 0 || words.some((word) => path.includes(word)))
  .map(({ path, markdown }) => ({ path, blocks: blocksOf(markdown) }))
  .filter(({ blocks }) => blocks.length > 0)

describe('every documented command works', () => {
  let checkout: RunningCheckout
  before(async () => {
    checkout = await startCheckout(root)
  })
  after(() => checkout[Symbol.asyncDispose]())

  for (const { path, blocks } of pages) {
    describe(path, () => {
      let shell: Shell
      before(async () => {
        shell = await openShell(checkout.directory)
      })
      after(() => shell[Symbol.asyncDispose]())
      for (const block of blocks) {
        test(titleOf(block), { skip: block.notRun ?? false }, async (t) => {
          if (shell.isOver()) t.skip('not reached: a block before it failed')
          else await runBlock(shell, block)
        })
      }
    })
  }
})
