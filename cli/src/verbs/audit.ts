import { type Audit, OUTCOMES } from '@pokepedia/storage'
import { runId } from '../args.ts'
import { auditDeployment } from '../audit.ts'
import { storeOf } from '../deployment-store.ts'
import { failure } from '../failure.ts'
import { readStackJson } from '../stack-json.ts'
import { columns, openTerminal } from '../terminal.ts'
import { layoutOf } from '../up/layout.ts'
import type { Cli } from './common.ts'

const report = (audit: Audit): string => {
  const counted = ['requested', ...OUTCOMES, 'in_flight'] as const
  const rows = Object.entries(audit.counts).map(([queue, counts]) => [queue, ...counted.map((name) => counts[name])])
  const violations = audit.violations.map(({ rule, key, detail }) => `${rule}  ${key}: ${detail}`)
  const verdict = audit.balanced ? 'balanced' : `unbalanced: ${violations.length} contradictions`
  return [columns(['queue', ...counted], rows), '', ...violations, verdict].join('\n')
}

/** `pokepedia audit RUN`: proves the run's ledger against the tables, the object store and the topics. */
export const addAudit = (cli: Cli): Cli =>
  cli.command(
    'audit <run>',
    'Prove a run’s ledger against Postgres, the object store and Kafka; 1 if it does not balance',
    (verb) => verb.positional('run', { describe: 'The run’s id', demandOption: true, coerce: runId }),
    async (args) => {
      const stack = await readStackJson(layoutOf(args.directory))
      await using store = storeOf(stack)
      const audit = await auditDeployment(stack, store, args.run)
      if (audit === undefined) throw failure(`there is no run ${args.run}; \`pokepedia runs\` lists them`)
      openTerminal(args.json).result({ runId: args.run, ...audit }, report(audit))
      process.exitCode = audit.balanced ? 0 : 1
    },
  )
