/** Text as it is, in a box of its own that scrolls, by the keyboard as well. */
export const CodeBlock = ({ label, text }: { label: string; text: string }) => (
  // biome-ignore lint/a11y/useSemanticElements: a fieldset groups fields
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse (axe scrollable-region-focusable)
  <div class="code-block" role="group" aria-label={label} tabIndex={0}>
    <pre>{text}</pre>
  </div>
)
