// Bundles the status page into dist/page, with content hashes in the names, and a gzip copy of each file.
// Plain JavaScript, since it runs before and apart from the compiler.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const from = (path) => fileURLToPath(new URL(path, import.meta.url))
const target = from('../dist/page/')

const { outputFiles } = await build({
  entryPoints: { app: from('src/main.tsx'), style: from('src/styles/index.css') },
  tsconfig: from('tsconfig.json'),
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['chrome123', 'firefox121', 'safari17.5'],
  entryNames: '[name]-[hash]',
  outdir: target,
  write: false,
  logLevel: 'warning',
})

mkdirSync(target, { recursive: true })
const written = new Set(['manifest.json'])
const manifest = {}
for (const { path, contents } of outputFiles) {
  const name = basename(path)
  manifest[name.endsWith('.css') ? 'stylesheet' : 'script'] = name
  for (const [file, bytes] of [
    [name, contents],
    [`${name}.gz`, gzipSync(contents, { level: 9 })],
  ]) {
    writeFileSync(`${target}${file}`, bytes)
    written.add(file)
  }
}
writeFileSync(`${target}manifest.json`, JSON.stringify(manifest))
for (const file of readdirSync(target)) if (!written.has(file)) rmSync(`${target}${file}`)
