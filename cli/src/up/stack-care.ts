import { messageOf } from '@pokepedia/errors'
import type { ComponentName, LocalStack } from '@pokepedia/stack'
import { failure } from '../failure.ts'
import type { Layout } from './layout.ts'

/** Keeps the components of the stack running. */
export interface StackCare {
  /** Kills a component with SIGKILL and keeps it down; what it resolves with brings it back. For tests of outages. */
  takeDown(name: ComponentName): Promise<() => Promise<void>>
}

export interface StackCareOptions {
  readonly stack: LocalStack
  readonly layout: Layout
  readonly say: (line: string) => void
  /** A component is back under another pid. */
  readonly onRestarted: () => Promise<void>
  /** A component can't be kept up. */
  readonly onBroken: (error: Error) => void
}

const WINDOW_MS = 60_000
const ENDS_TOO_MANY = 4

/** Starts a component that dies again, with its data. Gives up at the fourth end of one within a minute. */
export const careForStack = ({ stack, layout, say, onRestarted, onBroken }: StackCareOptions): StackCare => {
  const ends = new Map<ComponentName, number[]>()
  const heldDown = new Map<ComponentName, () => void>()

  const bringBack = async (name: ComponentName): Promise<void> => {
    await stack.restart(name)
    await onRestarted()
    say(`${name} runs again`)
  }

  const mend = async (name: ComponentName, detail: string): Promise<void> => {
    const log = `${layout.logs}/${name}.log`
    const recent = [...(ends.get(name) ?? []), Date.now()].filter((at) => at > Date.now() - WINDOW_MS)
    ends.set(name, recent)
    if (recent.length >= ENDS_TOO_MANY)
      return onBroken(failure(`${name} ended ${recent.length} times within a minute (${detail}); see ${log}`))
    say(`${name} ended (${detail}); starting it again`)
    await bringBack(name).catch((error: unknown) => onBroken(failure(`${name} ended (${detail}): ${messageOf(error)}`)))
  }

  stack.onExit((name, detail) => {
    const isDown = heldDown.get(name)
    if (isDown) isDown()
    else void mend(name, detail)
  })

  return {
    async takeDown(name) {
      const down = new Promise<void>((resolve) => heldDown.set(name, resolve))
      process.kill(stack.pids[name], 'SIGKILL')
      await down
      heldDown.delete(name)
      return () => bringBack(name)
    },
  }
}
