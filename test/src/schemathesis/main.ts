import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Deployment, startDeployment } from '@pokepedia/cli'

// `npm run test:schemathesis`: requests that schemathesis (PyPI) makes up from our OpenAPI documents, against a deployment
// of its own, with the token. Ends with 1 when a service answers 5xx. Where Python or PyPI is not there it says that it
// was skipped. SCHEMATHESIS_SECONDS is the time for each service, 120 unless set.

const VERSION = '4.32.5'
const seconds = process.env['SCHEMATHESIS_SECONDS'] ?? '120'

/** Whoever interrupts it finds no deployment left behind. */
const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort())
const { signal } = interrupted

/** Each of its phases ends when the time is over; one that hangs is ended. */
const LIMIT_MS = 3 * Number(seconds) * 1_000 + 120_000

/** The exit code; output goes where ours goes. */
const run = async (command: string, args: readonly string[], cwd: string): Promise<number> => {
  const ending = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)])
  const child = spawn(command, args, { cwd, signal: ending, stdio: ['ignore', 'inherit', 'inherit'] })
  const failed = once(child, 'error').then(([error]) => {
    console.error(String(error))
    return 1
  })
  const ended = once(child, 'exit').then(([code]) => Number(code ?? 1))
  return Promise.race([ended, failed])
}

/** Installs it into the directory; its path, or why there is none. */
const install = async (directory: string): Promise<{ program: string } | { missing: string }> => {
  const bin = join(directory, 'venv', 'bin')
  if ((await run('python3', ['-m', 'venv', join(directory, 'venv')], directory)) !== 0)
    return { missing: 'python3 with venv is not there' }
  const pip = ['install', '--quiet', '--disable-pip-version-check', `schemathesis==${VERSION}`]
  if ((await run(join(bin, 'pip'), pip, directory)) !== 0) return { missing: 'PyPI can not be reached' }
  return { program: join(bin, 'schemathesis') }
}

const examine = (program: string, directory: string, url: string, token: string): Promise<number> => {
  const wanted = ['--checks', 'not_a_server_error', '--max-time', seconds, '--request-timeout', '30']
  // The stream has no end.
  const passedOver = ['--exclude-path', '/v1/events']
  const asking = ['--url', url, '--header', `Authorization: Bearer ${token}`]
  return run(program, ['run', `${url}/openapi.json`, ...asking, ...wanted, ...passedOver, '--no-color'], directory)
}

const examineAll = async (program: string, directory: string, { stack }: Deployment): Promise<boolean> => {
  let sound = true
  for (const name of ['seeder', 'metrics'] as const) {
    console.log(`== ${name}`)
    const { url, pid } = stack.services[name]
    if ((await examine(program, directory, url, stack.token)) !== 0) sound = false
    if (stack.services[name].pid !== pid) {
      console.error(`the ${name} ended and was started again`)
      sound = false
    }
  }
  return sound
}

const directory = await mkdtemp(join(tmpdir(), 'pokepedia-schemathesis-'))
try {
  const installed = await install(directory)
  if (signal.aborted) process.exitCode = 1
  else if ('missing' in installed) console.log(`SKIPPED: schemathesis was not run: ${installed.missing}`)
  else {
    const deployment = await startDeployment({
      directory: join(directory, 'deployment'),
      upstream: { kind: 'sample', pokemon: 4 },
      signal,
      // What is to be found lies behind the limit.
      settings: { CHANGES_PER_MINUTE: '100000' },
    })
    try {
      const sound = await examineAll(installed.program, directory, deployment)
      console.log(sound ? 'schemathesis: no server error' : 'schemathesis: see above')
      if (!sound) process.exitCode = 1
    } finally {
      await deployment.stop()
    }
  }
} finally {
  await rm(directory, { recursive: true, force: true })
}
