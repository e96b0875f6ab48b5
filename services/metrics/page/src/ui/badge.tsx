import type { ComponentChildren } from 'preact'

export type Tone = 'ok' | 'busy' | 'warn' | 'bad' | 'idle'

// A shape of its own for each tone, so that colour is never the only sign.
const SHAPES: Readonly<Record<Tone, string>> = { ok: '●', busy: '▶', warn: '▲', bad: '■', idle: '○' }

/** A state as word, shape and colour. */
export const Badge = ({ tone, children }: { tone: Tone; children: ComponentChildren }) => (
  <span class={`badge ${tone}`}>
    <span class="shape" aria-hidden="true">
      {SHAPES[tone]}
    </span>
    {children}
  </span>
)
