import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'

/** The expression with Grafana's variables replaced, as the linter replaces them before it parses. */
const plain = (expression: string): string =>
  expression.replaceAll('$__rate_interval', '8869990787ms').replaceAll('$__range', '3600s')

/** A selector in an expression. */
export interface Selector {
  readonly metric: string
  /** As written: `job=~"$job"`. */
  readonly matchers: readonly string[]
  /** The range behind it, as written; undefined for none. */
  readonly range: string | undefined
  /** The function around it, undefined for none. */
  readonly call: string | undefined
}

/** What the grammar of Prometheus says of an expression. */
export interface Parsed {
  readonly valid: boolean
  readonly selectors: readonly Selector[]
}

export const parsePromql = (expression: string): Parsed => {
  const text = plain(expression)
  const textOf = (node: SyntaxNode | null | undefined): string => (node == null ? '' : text.slice(node.from, node.to))
  const selectors: Selector[] = []
  let valid = text.trim() !== ''
  parser.parse(text).iterate({
    enter: ({ node, type }) => {
      if (type.isError) valid = false
      if (type.name !== 'VectorSelector') return
      const matrix = node.parent?.name === 'MatrixSelector' ? node.parent : undefined
      const around = (matrix ?? node).parent
      const call = around?.name === 'FunctionCallBody' ? textOf(around.parent?.getChild('FunctionIdentifier')) : ''
      selectors.push({
        metric: textOf(node.getChild('Identifier')),
        matchers: (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map(textOf),
        range: matrix === undefined ? undefined : textOf(matrix.getChild('DurationExpr')),
        call: call === '' ? undefined : call,
      })
    },
  })
  return { valid, selectors }
}
