#!/usr/bin/env node
// A file that is there before the compiler has run, so that npm can link it and make it executable.
import { existsSync } from 'node:fs'

const main = new URL('../dist/src/main.js', import.meta.url)
if (existsSync(main)) {
  await import(main.href)
} else {
  console.error('pokepedia: not compiled yet; run `npm install && npm run build` in the checkout')
  process.exitCode = 1
}
