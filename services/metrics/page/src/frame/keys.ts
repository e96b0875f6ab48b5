import { liveOn } from '../state/live.ts'
import { go, type View } from '../state/route.ts'
import { keysOn } from '../state/session.ts'

/** After `g`: where to. */
export const PLACES: Readonly<Record<string, View>> = {
  q: 'queues',
  r: 'runs',
  s: 'schedules',
  d: 'dead-letters',
  h: 'health',
  n: 'seed',
  e: 'explain',
  p: 'pokedex',
  a: 'activity',
}

const SECOND_KEY_MS = 1_500

const isTyping = ({ target }: KeyboardEvent): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, dialog, [contenteditable]') !== null

/** To the next row that can be opened, or the one before. */
const moveRow = (step: 1 | -1): void => {
  const rows = [...document.querySelectorAll<HTMLElement>('main [data-row]')]
  const { activeElement } = document
  const at = activeElement instanceof HTMLElement ? rows.indexOf(activeElement) : -1
  const next = at === -1 && step === -1 ? rows.length - 1 : at + step
  rows[Math.max(0, Math.min(rows.length - 1, next))]?.focus()
}

/** Listens for single keys, unless someone types or has switched them off. None of them changes anything in the pipeline. */
export const watchKeys = (onHelp: () => void): (() => void) => {
  let wentAtMs = Number.NEGATIVE_INFINITY
  const press = (event: KeyboardEvent): void => {
    if (!keysOn.peek() || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return
    const place = performance.now() - wentAtMs < SECOND_KEY_MS ? PLACES[event.key] : undefined
    wentAtMs = Number.NEGATIVE_INFINITY
    const deeds: Readonly<Record<string, () => void>> = {
      '?': onHelp,
      '/': () => document.querySelector<HTMLElement>('main [data-filter]')?.focus(),
      g: () => {
        wentAtMs = performance.now()
      },
      j: () => moveRow(1),
      k: () => moveRow(-1),
      l: () => {
        liveOn.value = !liveOn.value
      },
    }
    const deed = place ? () => go(place) : deeds[event.key]
    if (!deed) return
    event.preventDefault()
    deed()
  }
  addEventListener('keydown', press)
  return () => removeEventListener('keydown', press)
}
