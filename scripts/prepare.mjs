// Runs before `npm start` and `npm test`: installs the packages when they are missing or older than the lock file,
// then compiles what changed and bundles the status page. Plain JavaScript, since nothing else is there yet.
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node ${process.versions.node} is too old: install Node 20.19 or newer (https://nodejs.org).`)
  process.exit(1)
}

const changedAt = (path) => statSync(new URL(`../${path}`, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? 0

const run = (what, command, args) => {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (status === 0) return
  console.error(`${what} failed${error ? `: ${error.message}` : ''}; the lines above say why.`)
  process.exit(1)
}

if (changedAt('node_modules/.package-lock.json') < changedAt('package-lock.json')) {
  console.error('Installing packages (once) …')
  run('npm ci', process.platform === 'win32' ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
}
run('The compiler', process.execPath, ['node_modules/typescript/bin/tsc', '-b'])
run('The bundler', process.execPath, ['services/metrics/page/bundle.mjs'])
