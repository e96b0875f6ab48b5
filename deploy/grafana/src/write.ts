import { mkdir, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { dashboardFiles } from './generated.ts'

// `npm run dashboards`: writes deploy/grafana/dashboards anew.

const folder = fileURLToPath(new URL('../../dashboards/', import.meta.url))
await rm(folder, { recursive: true, force: true })
await mkdir(folder)
for (const [name, text] of Object.entries(dashboardFiles)) await writeFile(`${folder}${name}`, text)
