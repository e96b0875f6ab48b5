import assert from 'node:assert/strict'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { z } from 'zod'

const axeResult = z.object({
  passes: z.array(z.unknown()),
  violations: z.array(
    z.object({
      id: z.string(),
      help: z.string(),
      nodes: z.array(z.object({ html: z.string(), failureSummary: z.string() })),
    }),
  ),
})

/** The rules that look at colours. */
export const COLOUR_RULES = ['color-contrast', 'link-in-text-block']

/** What axe-core finds wrong with what is shown, by all its rules of WCAG 2.2 and of good practice, or by those given. */
export const violationsOn = async (page: Page, rules?: readonly string[]): Promise<string[]> => {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe.source)
  const options = { resultTypes: ['violations'], ...(rules ? { runOnly: { type: 'rule', values: rules } } : {}) }
  const { passes, violations } = axeResult.parse(await page.evaluate(`axe.run(document, ${JSON.stringify(options)})`))
  assert.ok(passes.length > 0, 'axe found nothing to check')
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html.slice(0, 300)}: ${failureSummary}`),
  )
}

/** How many pixels the page is wider than its window, which makes people scroll in two directions (WCAG 1.4.10). */
export const overflowOf = async (page: Page): Promise<number> =>
  z.number().parse(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'))
