import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Deployment, type ServiceName, serviceEnvironment } from '@pokepedia/cli'

const mainOf = (service: ServiceName): string =>
  fileURLToPath(new URL(`../../../services/${service}/dist/src/main.js`, import.meta.url))

/** Starts one more instance beside a deployment's own, which nobody starts again; it ends with the test file. */
export const another = (
  service: ServiceName,
  { stack }: Pick<Deployment, 'stack'>,
  settings: Readonly<Record<string, string>> = {},
): ChildProcess => {
  const env = { ...serviceEnvironment(stack, 0), ...settings }
  const child = spawn(process.execPath, [mainOf(service)], { env, stdio: 'ignore' })
  after(() => child.kill('SIGKILL'))
  return child
}

/** SIGTERM; resolves with the milliseconds it took to end. */
export const leave = async (child: ChildProcess): Promise<number> => {
  const beganAt = Date.now()
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
  return Date.now() - beganAt
}
