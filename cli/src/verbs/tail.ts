import { queues } from '@pokepedia/events'
import { type KafkaClient, openAdmin, type PartitionRange, readRecords } from '@pokepedia/pipeline'
import { positiveInteger } from '../args.ts'
import { kafkaOf } from '../deployment-kafka.ts'
import { usageError } from '../failure.ts'
import { recordLine, recordShower, type ShownRecord } from '../shown-record.ts'
import { readStackJson } from '../stack-json.ts'
import { openTerminal } from '../terminal.ts'
import { layoutOf } from '../up/layout.ts'
import type { Cli } from './common.ts'

const SHOWN = 10

/** The events of these topics can be decoded. */
const topicOfQueue = (value: unknown): string => {
  const topic = String(value)
  if (queues.some(({ name }) => topic === name || topic.startsWith(`${name}.`))) return topic
  const names = queues.map(({ name }) => name).join(' or ')
  throw usageError(`${JSON.stringify(topic)} is no topic of ours; they begin with ${names}`)
}

interface Tail {
  readonly client: KafkaClient
  readonly topic: string
  readonly ranges: readonly PartitionRange[]
  readonly limit: number
  readonly print: (record: ShownRecord) => void
  readonly shower: NonNullable<ReturnType<typeof recordShower>>
}

/** The newest records of all partitions, in the order of their timestamps. */
const printNewest = async ({ client, topic, ranges, limit, print, shower }: Tail): Promise<void> => {
  const last = ranges.map(({ partition, start, end }) => {
    const from = BigInt(end) - BigInt(limit)
    return { partition, start: from > BigInt(start) ? String(from) : start, end }
  })
  const found: ShownRecord[] = []
  await readRecords(client, topic, last, async (record) => found.push(await shower(record)))
  found.sort((a, b) => a.timestamp.localeCompare(b.timestamp))
  for (const record of found.slice(-limit)) print(record)
}

/** Records as they are read, until there were enough, or until it is interrupted. */
const printOn = async (
  { client, topic, ranges, limit, print, shower }: Tail,
  from: 'start' | 'end',
  follow: boolean,
): Promise<void> => {
  const stop = new AbortController()
  const interrupt = (): void => stop.abort()
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  let printed = 0
  const places = from === 'start' ? ranges : ranges.map((range) => ({ ...range, start: range.end }))
  const take = async (record: Parameters<typeof shower>[0]): Promise<void> => {
    print(await shower(record))
    printed += 1
    if (printed >= limit) stop.abort()
  }
  await readRecords(client, topic, places, take, { signal: stop.signal, follow })
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
}

/** `pokepedia tail TOPIC`: decoded records, which Kafka's console consumer can't show. */
export const addTail = (cli: Cli): Cli =>
  cli.command(
    'tail <topic>',
    'Print the newest events of a topic, decoded, one a line with their headers; what can’t be decoded with the reason',
    (verb) =>
      verb
        .positional('topic', {
          type: 'string',
          demandOption: true,
          describe: 'For example pokepedia.ingest.dlq',
          coerce: topicOfQueue,
        })
        .option('from-beginning', { type: 'boolean', default: false, describe: 'The oldest first, all of them' })
        .option('limit', {
          type: 'number',
          requiresArg: true,
          describe: `At most N records (${SHOWN}; all with --from-beginning or --follow)`,
          coerce: positiveInteger('limit'),
        })
        .option('follow', { type: 'boolean', default: false, describe: 'Go on with what comes, until Ctrl-C' }),
    async ({ topic, fromBeginning, limit, follow, ...args }) => {
      const stack = await readStackJson(layoutOf(args.directory))
      const client = kafkaOf(stack)
      await using admin = await openAdmin(client)
      const known = (await admin.topics()).filter((name) => recordShower(stack, name)).sort()
      const shower = recordShower(stack, topic)
      if (!shower || !known.includes(topic))
        throw usageError(`there is no topic ${topic}; there are ${known.join(', ')}`)
      const terminal = openTerminal(args.json)
      const print = (record: ShownRecord): void => terminal.result(record, recordLine(record))
      const ranges = await admin.ranges(topic)
      const tail = { client, topic, ranges, print, shower }
      if (fromBeginning || follow)
        await printOn({ ...tail, limit: limit ?? Number.MAX_SAFE_INTEGER }, fromBeginning ? 'start' : 'end', follow)
      else await printNewest({ ...tail, limit: limit ?? SHOWN })
    },
  )
