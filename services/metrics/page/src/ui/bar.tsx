/** Parts of a whole as a bar; decoration, since the numbers stand beside it. */
export const Bar = ({ parts, whole }: { parts: readonly { name: string; value: number }[]; whole: number }) => (
  <span class="bar" aria-hidden="true">
    {parts.map(
      ({ name, value }) =>
        value > 0 && (
          <span class={`part ${name}`} key={name} style={{ width: `${(100 * value) / Math.max(1, whole)}%` }} />
        ),
    )}
  </span>
)
