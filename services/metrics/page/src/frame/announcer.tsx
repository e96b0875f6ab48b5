import { useSignalEffect } from '@preact/signals'
import { useEffect, useRef, useState } from 'preact/hooks'
import { verdictOf } from '../../../src/page/verdict.ts'
import { connection, status } from '../state/live.ts'
import { announce, announcement } from '../state/results.ts'

const AT_MOST_EVERY_MS = 10_000

/** Tells a change of the verdict, at most every 10 s, and then the last one. */
const useVerdictNews = (): void => {
  const word = status.value === null ? null : verdictOf(status.value).word
  const told = useRef(word)
  const toldAtMs = useRef(Number.NEGATIVE_INFINITY)
  useEffect(() => {
    if (word === null || word === told.current) return undefined
    const isFirst = told.current === null
    const tell = (): void => {
      told.current = word
      toldAtMs.current = performance.now()
      if (!isFirst) announce(`Now ${word.toLowerCase()}`)
    }
    const timer = setTimeout(tell, Math.max(0, toldAtMs.current + AT_MOST_EVERY_MS - performance.now()))
    return () => clearTimeout(timer)
  }, [word])
}

const useConnectionNews = (): void => {
  const isLost = connection.value.state === 'lost'
  const wasLost = useRef(false)
  useEffect(() => {
    if (isLost === wasLost.current) return
    wasLost.current = isLost
    announce(isLost ? 'Connection lost' : 'Connected again')
  }, [isLost])
}

/** The one live region: verdict, connection and what came of an action. Numbers are not announced. */
export const Announcer = () => {
  useVerdictNews()
  useConnectionNews()
  // A region is read out when it changes after it has been there.
  const [text, setText] = useState('')
  useSignalEffect(() => setText(announcement.value))
  return (
    <div role="status" class="sr-only">
      {text}
    </div>
  )
}
