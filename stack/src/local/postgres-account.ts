import { spawnSync } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Who PostgreSQL runs as when we are root: it refuses to run as root itself. */
export interface Account {
  readonly uid: number
  readonly gid: number
  /** Put before a command line, it runs the command as the account. */
  readonly prefix: readonly string[]
}

const lentAccount = (): { uid: number; gid: number } => {
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }))
    if (uid?.status === 0 && gid?.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  }
  throw new Error('PostgreSQL refuses to run as root, and this machine has neither the user postgres nor nobody')
}

const isOpenToAll = async (path: string): Promise<boolean> => {
  const { mode } = await stat(path)
  const above = dirname(path)
  return (mode & 0o001) === 0o001 && (above === path || isOpenToAll(above))
}

// A checkout below a private folder (/root) is reached by one capability; Docker's default set has the second alone.
// access(2), which PostgreSQL asks with, heeds the capabilities of a user other than root only under this secure bit.
const REACH = ['dac_read_search', 'dac_override'].map((name) => [
  '--securebits=+no_setuid_fixup',
  `--inh-caps=+${name}`,
  `--ambient-caps=+${name}`,
])

/** The account for PostgreSQL, able to reach `folders`; undefined unless we are root. */
export const accountForRoot = async (folders: readonly string[]): Promise<Account | undefined> => {
  if (process.getuid?.() !== 0) return undefined
  const { uid, gid } = lentAccount()
  const open = (await Promise.all(folders.map(isOpenToAll))).every(Boolean)
  for (const reach of open ? [[]] : REACH) {
    const prefix = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...reach]
    const reaches = (folder: string): boolean =>
      spawnSync('setpriv', [...prefix.slice(1), 'test', '-x', folder]).status === 0
    if (folders.every(reaches)) return { uid, gid, prefix }
  }
  throw new Error(
    `PostgreSQL would run as uid ${uid} here, which can't reach ${folders.join(' and ')}. Move the checkout to a folder that all may enter, or start as a normal user.`,
  )
}
