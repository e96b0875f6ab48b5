import { parseRetryTiers, topicCatalogue } from '@pokepedia/events'
import { openAdmin, type TopicDrift } from '@pokepedia/pipeline'
import { kafkaOf } from '../deployment-kafka.ts'
import { retryTiersSetting } from '../retry-tiers.ts'
import { readStackJson } from '../stack-json.ts'
import { openTerminal } from '../terminal.ts'
import { layoutOf } from '../up/layout.ts'
import type { Cli, CommonOptions } from './common.ts'

const driftLine = ({ topic, what, declared, actual }: TopicDrift): string =>
  `differs  ${topic}: ${what} is ${actual}, declared ${declared}`

const plan = async (options: CommonOptions, apply: boolean): Promise<void> => {
  const terminal = openTerminal(options.json)
  const declarations = topicCatalogue(parseRetryTiers(retryTiersSetting()))
  await using admin = await openAdmin(kafkaOf(await readStackJson(layoutOf(options.directory))))
  if (apply) {
    const { created, drift } = await admin.ensureTopics(declarations)
    const lines = [...created.map((name) => `created  ${name}`), ...drift.map(driftLine)]
    terminal.result({ created, drift }, lines.join('\n') || 'every topic is as declared')
    // What exists is never changed from here: fewer partitions are impossible, more of them move keys.
    if (drift.length > 0) process.exitCode = 1
  } else {
    const { missing, drift } = await admin.planTopics(declarations)
    const lines = [...missing.map((name) => `missing  ${name}`), ...drift.map(driftLine)]
    terminal.result({ missing, drift }, lines.join('\n') || 'every topic is as declared')
  }
}

/** `pokepedia topics plan|apply`: the declared topics against the broker's. */
export const addTopics = (cli: Cli): Cli =>
  cli.command(
    'topics <action>',
    'Compare the declared topics with the broker’s; apply creates what is missing',
    (verb) => verb.positional('action', { choices: ['plan', 'apply'] as const, demandOption: true }),
    (args) => plan(args, args.action === 'apply'),
  )
