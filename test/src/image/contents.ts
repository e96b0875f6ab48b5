import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { podman } from './podman.ts'

const lockFile = fileURLToPath(new URL('../../../../package-lock.json', import.meta.url))
const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional(), dev: z.boolean().default(false) })),
})
const { packages: locked } = lockSchema.parse(JSON.parse(readFileSync(lockFile, 'utf8')))

const imageSchema = z.tuple([
  z.object({
    Size: z.number(),
    Labels: z.record(z.string(), z.string()),
    Config: z.object({ User: z.string() }),
    Healthcheck: z.object({ Test: z.array(z.string()) }),
  }),
])

/** The packages below a node_modules, by their path in the lock file. */
const packagesIn = (app: string, modules: string): string[] =>
  readdirSync(join(app, modules), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .flatMap(({ name }) =>
      name.startsWith('@')
        ? readdirSync(join(app, modules, name), { withFileTypes: true })
            .filter((entry) => entry.isDirectory())
            .map((entry) => `${modules}/${name}/${entry.name}`)
        : [`${modules}/${name}`],
    )
    .flatMap((path) => {
      const nested = readdirSync(join(app, path)).includes('node_modules')
        ? packagesIn(app, `${path}/node_modules`)
        : []
      return [path, ...nested]
    })

const manifestSchema = z.object({ version: z.string() })

const checkPackages = (app: string): number => {
  const paths = packagesIn(app, 'node_modules')
  for (const path of paths) {
    const found = locked[path]
    const { version } = manifestSchema.parse(JSON.parse(readFileSync(join(app, path, 'package.json'), 'utf8')))
    assert.ok(found && !found.dev, `${path} is not one of what runs`)
    assert.equal(version, found.version, `${path} is the version of the lock file`)
  }
  return paths.length
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

/** What is in the folders, largest first. */
const largest = (mount: string, folders: readonly string[]): string => {
  const paths = folders.flatMap((folder) => readdirSync(join(mount, folder)).map((name) => join(folder, name)))
  // Else it counts no file twice, and a folder within another is empty.
  const apart = ['--bytes', '--summarize', '--count-links']
  const sizes = execFileSync('du', [...apart, ...paths], { cwd: mount, encoding: 'utf8' })
  return sizes
    .trim()
    .split('\n')
    .map((line): [number, string] => [Number.parseInt(line, 10), line.split('\t')[1] ?? ''])
    .toSorted(([a], [b]) => b - a)
    .slice(0, 8)
    .map(([bytes, path]) => `    ${megabytes(bytes).padStart(9)}  ${path}`)
    .join('\n')
}

/** Looks at the image as it lies there: who it runs as, what it says of itself, what is in it. Prints what is large. */
export const checkContents = (image: string): void => {
  const [{ Size, Labels, Config, Healthcheck }] = imageSchema.parse(JSON.parse(podman('image', 'inspect', image)))
  assert.equal(Config.User, '10001:10001')
  for (const label of ['title', 'description', 'licenses', 'version', 'revision'])
    assert.match(Labels[`org.opencontainers.image.${label}`] ?? '', /^(?!unknown)./, label)
  assert.deepEqual(Healthcheck.Test, ['CMD', 'node', 'deploy/docker/health.mjs'])

  const mount = podman('image', 'mount', image).trim()
  const app = join(mount, 'app')
  const count = checkPackages(app)
  const left = execFileSync(
    'find',
    [
      app,
      '-name',
      '*.test.*',
      '-o',
      '-name',
      'test',
      '-o',
      '-name',
      'tests',
      '-o',
      '-name',
      '*.ts',
      '-o',
      '-name',
      '*.map',
    ],
    { encoding: 'utf8' },
  )
  assert.equal(left, '', 'no tests, types, sources, maps')
  console.log(
    `the image has ${megabytes(Size)}, its base included; ${count} packages, each as the lock file says; largest:`,
  )
  console.log(largest(mount, ['usr/bin', 'usr/lib', 'app']))
  console.log(largest(mount, ['app/node_modules']))
  podman('image', 'unmount', image)
}
