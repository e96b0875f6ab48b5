import { useEffect, useRef, useState } from 'preact/hooks'
import { type Problem, problemOf, read } from './api.ts'
import { held, liveOn } from './live.ts'

/** Something that is read from the service: the last good answer is kept while later ones fail. */
export interface Resource<Body> {
  readonly data: Body | undefined
  readonly problem: Problem | undefined
  readonly isLoading: boolean
  readonly reload: () => void
}

interface Reading<Body> {
  readonly path: string | null
  readonly data: Body | undefined
  readonly problem: Problem | undefined
  readonly isLoading: boolean
}

/**
 * Reads a path, again whenever it changes, and every `everyMs` after the last answer while updates are on and the page
 * is seen. Null reads nothing.
 */
export const useResource = <Body>(path: string | null, everyMs?: number): Resource<Body> => {
  const [reading, setReading] = useState<Reading<Body>>({
    path: null,
    data: undefined,
    problem: undefined,
    isLoading: true,
  })
  const [round, setRound] = useState(0)
  const reload = useRef(() => setRound((last) => last + 1))

  // biome-ignore lint/correctness/useExhaustiveDependencies: another round reads the same path anew
  useEffect(() => {
    if (path === null) return undefined
    const stopping = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const cycle = async (): Promise<void> => {
      const isWanted = liveOn.peek() && !held.peek() && !document.hidden
      if (isWanted || timer === undefined) {
        try {
          const data = await read<Body>(path, stopping.signal)
          if (!stopping.signal.aborted) setReading({ path, data, problem: undefined, isLoading: false })
        } catch (error) {
          if (stopping.signal.aborted) return
          setReading((last) => ({ ...last, path, problem: problemOf(error), isLoading: false }))
        }
      }
      if (everyMs !== undefined && !stopping.signal.aborted) timer = setTimeout(cycle, everyMs)
    }
    setReading((last) => ({ ...last, data: last.path === path ? last.data : undefined, isLoading: true }))
    void cycle()
    return () => {
      stopping.abort()
      clearTimeout(timer)
    }
  }, [path, everyMs, round])

  return { data: reading.data, problem: reading.problem, isLoading: reading.isLoading, reload: reload.current }
}
