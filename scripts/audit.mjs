// `npm run audit`: fails on holes of severity high or critical in what we ship, as npm's registry knows them. Not every
// registry answers that question; then it says so and passes, for nothing was found and nothing was looked at.
import { spawnSync } from 'node:child_process'

const { stdout, stderr } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  encoding: 'utf8',
  timeout: 60_000,
  maxBuffer: 64 * 1024 * 1024,
})

const answerOf = (text) => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const answer = answerOf(stdout)
const counts = answer?.metadata?.vulnerabilities
if (counts === undefined) {
  const reason = answer?.message ?? answer?.error?.summary ?? stderr.trim().split('\n')[0] ?? 'no answer'
  console.warn(
    `audit SKIPPED: the registry does not answer it (${String(reason).replace(/https?:\/\/\S+/g, 'the registry')}).`,
  )
  console.warn('Run it again with a registry that does, npm’s own for example: npm run audit')
  process.exit(0)
}
for (const { name, severity, range, fixAvailable } of Object.values(answer.vulnerabilities ?? {}))
  console.log(`${severity}: ${name} ${range}; ${fixAvailable ? 'npm audit fix mends it' : 'no fix yet'}`)
const serious = counts.high + counts.critical
console.log(`audit: ${counts.total} findings in what we ship, ${serious} of them high or critical`)
process.exit(serious > 0 ? 1 : 0)
