import { FAULT_KINDS, type Fault } from '@pokepedia/storage'
import { columns, grouped } from '../terminal.ts'
import type { Repair } from './repair.ts'
import type { Verification } from './verify-deployment.ts'

/** Faults of one kind that are printed; `--json` has all. */
const SHOWN = 20

const typesTable = ({ types }: Verification): string => {
  const odd = types.filter(({ missing, extra, stale, gone }) => missing + extra + stale + gone > 0)
  const total = types.reduce(
    (sum, { listed, stored, missing, extra, stale, gone }) => ({
      listed: sum.listed + listed,
      stored: sum.stored + stored,
      missing: sum.missing + missing,
      extra: sum.extra + extra,
      stale: sum.stale + stale,
      gone: sum.gone + gone,
    }),
    { listed: 0, stored: 0, missing: 0, extra: 0, stale: 0, gone: 0 },
  )
  const heads = ['type', 'listed', 'stored', 'missing', 'extra', 'stale', 'gone'] as const
  const rows = [...odd, { type: `all ${types.length} types`, ...total }]
  return columns(
    heads,
    rows.map((row) => heads.map((head) => row[head])),
  )
}

const faultLines = (faults: readonly Fault[]): string[] =>
  FAULT_KINDS.flatMap((kind) => {
    const found = faults.filter((fault) => fault.kind === kind)
    const lines = found.slice(0, SHOWN).map(({ key, detail }) => `${kind}  ${key}: ${detail}`)
    const more = found.length - lines.length
    return more > 0 ? [...lines, `${kind}  and ${grouped(more)} more; --json names all`] : lines
  })

const readLine = ({ read }: Verification): string => {
  const { documents, objects, objectBytes, compared } = read
  const files = `${grouped(objects)} objects (${grouped(Math.round(objectBytes / 1_048_576))} MB)`
  const copies = compared === undefined ? '' : `, ${grouped(compared)} documents compared with the other copy`
  return `${grouped(documents)} documents and ${files} read${copies}`
}

const verdict = (faults: readonly Fault[]): string => {
  if (faults.length === 0) return 'nothing is wrong'
  const counts = FAULT_KINDS.map((kind) => [kind, faults.filter((fault) => fault.kind === kind).length] as const)
  const named = counts.filter(([, count]) => count > 0).map(([kind, count]) => `${grouped(count)} ${kind}`)
  return `wrong: ${named.join(', ')}`
}

/** What was found, for people. */
export const verificationText = (found: Verification): string =>
  [typesTable(found), readLine(found), '', ...faultLines(found.faults), verdict(found.faults)].join('\n')

/** What a repair did and what it left, for people. */
export const repairText = (before: Verification, { seeded, runs }: Repair, after: Verification): string => {
  const ended = runs.map(({ runId, state }) => `run ${runId}: ${state.replaceAll('_', ' ')}`)
  const left = [...faultLines(after.faults), `after the repair: ${verdict(after.faults)}`]
  return [verificationText(before), '', `${grouped(seeded)} resources seeded`, ...ended, ...left].join('\n')
}
