import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { ServiceName, StackJson } from '../stack-json.ts'
import { serviceEnvironment } from './environment.ts'
import { projectRoot } from './layout.ts'

/** Starts one more instance of a service beside a deployment's own: nobody starts it again, and the caller ends it. */
export const startInstance = (
  service: ServiceName,
  stack: StackJson,
  settings: Readonly<Record<string, string>> = {},
): ChildProcess => {
  const env = { ...serviceEnvironment(stack, 0), ...settings }
  return spawn(process.execPath, [join(projectRoot, 'services', service, 'dist/src/main.js')], { env, stdio: 'ignore' })
}
