import { execFileSync } from 'node:child_process'

// As an error it tells that no systemd runs health checks; they are asked for by hand.
const QUIET = '--log-level=fatal'

/** Runs podman to its end, in the storage that the environment names; what it printed. Throws when it fails. */
export const podman = (...args: readonly string[]): string =>
  execFileSync('podman', [QUIET, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
