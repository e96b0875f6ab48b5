import { writeFile } from 'node:fs/promises'
import { folder, generatedFiles } from './generated.ts'

// `npm run kubernetes`: writes the manifests that follow from the topic catalogue and from deploy/prometheus.

for (const [path, text] of Object.entries(generatedFiles())) await writeFile(`${folder}${path}`, text)
