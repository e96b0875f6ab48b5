import { spawnSync } from 'node:child_process'
import { projectRoot } from './layout.ts'

/** The commit that runs, as the setting REVISION; nothing where the project is no git checkout. */
export const revisionSetting = (): { REVISION?: string } => {
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: projectRoot, encoding: 'utf8' })
  return status === 0 ? { REVISION: stdout.trim() } : {}
}
