import { readFileSync } from 'node:fs'

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)

/** Stops a process and its children where they are (PostgreSQL's backends are); what it gives back lets them go on. */
export const freeze = (pid: number): (() => void) => {
  // The parent first, so that it has no more children meanwhile.
  process.kill(pid, 'SIGSTOP')
  const all = [pid, ...childrenOf(pid)]
  const send = (signal: NodeJS.Signals) => {
    for (const one of all) {
      try {
        process.kill(one, signal)
      } catch {
        // It has ended since.
      }
    }
  }
  send('SIGSTOP')
  return () => send('SIGCONT')
}
