// In the image's build: leaves the packages and services alone, without what only their tests need, so that `npm ci`
// installs what runs and nothing else. Its own --omit=dev keeps what another workspace of the lock file needs.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

const change = (file, how) => {
  const { devDependencies: _, ...rest } = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify(how(rest), null, 2))
}
const groups = ['packages', 'services']
change('package.json', (root) => ({ ...root, workspaces: groups.map((group) => `${group}/*`) }))
for (const group of groups)
  for (const name of readdirSync(group)) change(`${group}/${name}/package.json`, (manifest) => manifest)
