import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How a block went. */
export interface Ran {
  readonly ok: boolean
  /** What it printed, both streams as a terminal shows them. */
  readonly output: string
}

/** One shell, as a reader has one for a page: variables and functions of one block are there in the next. */
export interface Shell extends AsyncDisposable {
  /** Runs a block; the first command that fails ends it, and with it the shell. */
  readonly run: (script: string, limitMs: number) => Promise<Ran>
  /** Whether a block has ended it. */
  readonly isOver: () => boolean
}

const END = '\u001eend of block\u001e'

const killGroup = ({ pid }: ChildProcess): void => {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // All of it has ended already.
  }
}

export const openShell = async (directory: string): Promise<Shell> => {
  const scripts = await mkdtemp(join(tmpdir(), 'pokepedia-docs-'))
  const child = spawn('bash', ['-euo', 'pipefail'], { cwd: directory, stdio: 'pipe', detached: true })
  const exited = once(child, 'exit')
  let output = ''
  let wake = (): void => undefined
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
    wake()
  })
  child.stdin.on('error', () => undefined)
  child.stdin.write('exec 2>&1\n')
  let blocks = 0
  let over = false
  child.on('exit', () => {
    over = true
    wake()
  })

  const run = async (script: string, limitMs: number): Promise<Ran> => {
    output = ''
    blocks += 1
    const file = join(scripts, `block-${blocks}.sh`)
    await writeFile(file, script)
    const timer = setTimeout(() => {
      output += `\n(not finished after ${limitMs / 1_000} s)`
      killGroup(child)
    }, limitMs)
    child.stdin.write(`source '${file}' < /dev/null\nprintf '%s' '${END}'\n`)
    while (!output.includes(END) && !over) {
      await new Promise<void>((resolve) => {
        wake = resolve
        if (output.includes(END) || over) resolve()
      })
    }
    clearTimeout(timer)
    return { ok: output.includes(END), output: output.replace(END, '').trimEnd() }
  }

  return {
    run,
    isOver: () => over,
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      killGroup(child)
      if (!over) await exited
      await rm(scripts, { recursive: true, force: true })
    },
  }
}
