import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const STARTED = 'Ctrl-C stops everything'
const START_LIMIT_MS = 5 * 60_000

/** A copy of the checkout, compiled, with `npm start` running in it. */
export interface RunningCheckout extends AsyncDisposable {
  readonly directory: string
}

/** Copies a checkout without its state and history, so that what the pages do touches nobody's data. */
const copyCheckout = async (root: string): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'pokepedia-checkout-'))
  const names = (await readdir(root)).filter((name) => name !== '.local' && name !== '.git')
  await execute('cp', ['-a', ...names.map((name) => join(root, name)), directory])
  await mkdir(join(directory, '.local'))
  await symlink(join(root, '.local', 'downloads'), join(directory, '.local', 'downloads'))
  return directory
}

/** Does what the README says first, and resolves when the first run has closed. */
export const startCheckout = async (root: string): Promise<RunningCheckout> => {
  const directory = await copyCheckout(root)
  const child = spawn('npm', ['start'], { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const exited = once(child, 'exit')
  // As Ctrl-C does, to everything in the terminal.
  const interrupt = (): void => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGINT')
  }
  // The test runner ends a file that takes too long with SIGTERM, and no hook of it runs.
  process.once('SIGTERM', () => {
    interrupt()
    process.exit(1)
  })
  let output = ''
  const stop = async (): Promise<void> => {
    interrupt()
    await exited
    await rm(directory, { recursive: true, force: true })
  }
  const started = new Promise<void>((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`npm start ${why}:\n${output}`))
    const timer = setTimeout(() => fail('has not finished its run'), START_LIMIT_MS)
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk
        if (!output.includes(STARTED)) return
        clearTimeout(timer)
        resolve()
      })
    }
    child.on('exit', (code) => {
      clearTimeout(timer)
      fail(`ended with ${code}`)
    })
  })
  try {
    await started
  } catch (error) {
    await stop()
    throw error
  }
  return { directory, [Symbol.asyncDispose]: stop }
}
