import { grouped } from '../terminal.ts'
import type { ImportProgress } from './run-import.ts'

const BAR_WIDTH = 24
const LINE_EVERY_MS = 2_000

const lineOf = ({ share, stored, unchanged, superseded }: ImportProgress, startedMs: number): string => {
  const count = stored + unchanged + superseded
  const perSecond = Math.round(count / Math.max(0.001, (performance.now() - startedMs) / 1_000))
  const percent = `${Math.floor(share * 100)}`.padStart(3)
  return `${percent} %  ${grouped(count)} documents, ${grouped(stored)} stored, ${grouped(perSecond)}/s`
}

const barOf = (share: number): string => {
  const filled = Math.floor(BAR_WIDTH * share)
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`
}

/** A bar on standard error that is redrawn in place, or a line every two seconds where that is no terminal. */
export const openImportProgress = async (): Promise<{
  show: (progress: ImportProgress) => void
  done: () => void
}> => {
  const startedMs = performance.now()
  if (process.stderr.isTTY) {
    const { createLogUpdate } = await import('log-update')
    const update = createLogUpdate(process.stderr)
    return { show: (now) => update(`${barOf(now.share)} ${lineOf(now, startedMs)}`), done: update.done }
  }
  let lastMs = startedMs
  return {
    show(now) {
      if (performance.now() - lastMs < LINE_EVERY_MS) return
      lastMs = performance.now()
      console.error(lineOf(now, startedMs))
    },
    done: () => undefined,
  }
}
