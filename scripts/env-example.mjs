// Writes .env.example from the list of settings; run `npm run build` first. A test holds the file to the list.
import { writeFileSync } from 'node:fs'
import { envExample } from '../packages/service/dist/src/index.js'

writeFileSync(new URL('../.env.example', import.meta.url), envExample())
