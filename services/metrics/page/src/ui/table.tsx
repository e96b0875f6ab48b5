import type { ComponentChildren } from 'preact'

/** A column's head; numbers stand at the right. */
export type Column = string | { readonly label: string; readonly isNumber?: true; readonly isHidden?: true }

export interface TableProps {
  readonly caption: string
  /** The caption is for screen readers alone, under a heading that says the same. */
  readonly isCaptionHidden?: boolean
  readonly columns: readonly Column[]
  readonly children: ComponentChildren
}

const headOf = (column: Column) => {
  const { label, isNumber, isHidden } = typeof column === 'string' ? { label: column } : { ...column }
  return (
    <th scope="col" key={label} class={isNumber ? 'num' : undefined}>
      {isHidden ? <span class="sr-only">{label}</span> : label}
    </th>
  )
}

/** A table that scrolls by itself where the screen is too small for it, by the keyboard as well. */
export const Table = ({ caption, isCaptionHidden, columns, children }: TableProps) => (
  // biome-ignore lint/a11y/useSemanticElements: a fieldset groups fields; this is no landmark either, since each section is one
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse (axe scrollable-region-focusable)
  <div class="scroll" role="group" aria-label={caption} tabIndex={0}>
    <table>
      <caption class={isCaptionHidden ? 'sr-only' : undefined}>{caption}</caption>
      <thead>
        <tr>{columns.map(headOf)}</tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  </div>
)
