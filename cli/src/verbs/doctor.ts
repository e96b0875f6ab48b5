import { checksText } from '../doctor/check.ts'
import { examine } from '../doctor/doctor.ts'
import { retryTiersSetting } from '../retry-tiers.ts'
import { openTerminal } from '../terminal.ts'
import { layoutOf } from '../up/layout.ts'
import type { Cli } from './common.ts'

/** `pokepedia doctor`: whether everything that a deployment needs is there, and what to do where it is not. */
export const addDoctor = (cli: Cli): Cli =>
  cli.command(
    'doctor',
    'Check brokers, topics, schemas, tables, functions, bucket, permissions, services; 1 if one is not well',
    (verb) => verb,
    async (args) => {
      const checks = await examine(layoutOf(args.directory), retryTiersSetting(), process.env)
      const ok = checks.every((check) => check.ok)
      openTerminal(args.json).result({ ok, checks }, checksText(checks))
      process.exitCode = ok ? 0 : 1
      // Clients of what did not answer would keep the process until they give up.
      process.stdout.write('', () => process.exit())
    },
  )
