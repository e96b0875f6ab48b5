import { signal } from '@preact/signals'
import { type Change, change, type Problem, problemOf } from './api.ts'

/** What came of something that someone did here. */
export interface Result {
  readonly id: number
  readonly at: string
  readonly text: string
  readonly problem: Problem | null
  /** Where to look at the outcome. */
  readonly link: { readonly href: string; readonly text: string } | null
  readonly isShown: boolean
}

const KEPT = 50
/** Newest first. */
export const results = signal<readonly Result[]>([])
let lastId = 0

export const dismiss = (id: number): void => {
  results.value = results.value.map((one) => (one.id === id ? { ...one, isShown: false } : one))
}

export const report = (text: string, more: Partial<Pick<Result, 'problem' | 'link'>> = {}): void => {
  lastId += 1
  const result = { id: lastId, at: new Date().toISOString(), text, problem: null, link: null, isShown: true, ...more }
  // Successes make room for one another; a failure stays until it has been read.
  const earlier = results.value.map((one) => (one.problem === null ? { ...one, isShown: false } : one))
  results.value = [result, ...earlier].slice(0, KEPT)
  if (result.problem === null) announce(text)
}

/** Changes something and reports what came of it; undefined when it failed. */
export const act = async <Body>(
  what: string,
  wanted: Change,
  told: (body: Body) => { readonly text: string; readonly link?: Result['link'] },
): Promise<Body | undefined> => {
  try {
    const body = await change<Body>(wanted)
    const { text, link = null } = told(body)
    report(text, { link })
    return body
  } catch (error) {
    report(`${what} failed`, { problem: problemOf(error) })
    return undefined
  }
}

/** What a screen reader is told next. */
export const announcement = signal('')
export const announce = (text: string): void => {
  announcement.value = text
}
