import { effect, signal } from '@preact/signals'

const TOKEN = 'pokepedia.token'
const THEME = 'pokepedia.theme'
const KEYS = 'pokepedia.keys'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

// A browser may refuse storage altogether; then the choice lasts as long as the page.
const stored = (storage: () => Storage, name: string): string | null => {
  try {
    return storage().getItem(name)
  } catch {
    return null
  }
}
const keep = (storage: () => Storage, name: string, value: string | null): void => {
  try {
    if (value === null) storage().removeItem(name)
    else storage().setItem(name, value)
  } catch {
    // Kept in memory alone.
  }
}
const session = (): Storage => sessionStorage
const local = (): Storage => localStorage

/** The bearer token for changes, for as long as the tab is open; never in an address. */
export const token = signal<string | null>(stored(session, TOKEN))
export const signIn = (value: string): void => {
  token.value = value
  keep(session, TOKEN, value)
}
export const signOut = (): void => {
  token.value = null
  keep(session, TOKEN, null)
}

const themeIn = (text: string | null): Theme => THEMES.find((name) => name === text) ?? 'system'
export const theme = signal<Theme>(themeIn(stored(local, THEME)))
/** Whether single keys do something (WCAG 2.1.4). */
export const keysOn = signal(stored(local, KEYS) !== 'off')

effect(() => {
  if (theme.value === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme.value
  keep(local, THEME, theme.value)
})
effect(() => keep(local, KEYS, keysOn.value ? 'on' : 'off'))
