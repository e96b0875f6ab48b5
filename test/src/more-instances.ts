import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { after } from 'node:test'
import { type Deployment, type ServiceName, startInstance } from '@pokepedia/cli'

/** Starts one more instance beside a deployment's own, which nobody starts again; it ends with the test file. */
export const another = (
  service: ServiceName,
  { stack }: Pick<Deployment, 'stack'>,
  settings?: Readonly<Record<string, string>>,
): ChildProcess => {
  const child = startInstance(service, stack, settings)
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
