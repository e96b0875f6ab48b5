import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { resolveDownloads } from './downloads.ts'
import { QUICK_START } from './java.ts'

/** The usual script names of Apache Kafka and the classes behind them. */
export const KAFKA_TOOLS = {
  'kafka-topics': 'org.apache.kafka.tools.TopicCommand',
  'kafka-consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  'kafka-console-producer': 'org.apache.kafka.tools.ConsoleProducer',
  'kafka-console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'kafka-acls': 'org.apache.kafka.tools.AclCommand',
  'kafka-configs': 'kafka.admin.ConfigCommand',
  'kafka-get-offsets': 'org.apache.kafka.tools.GetOffsetShell',
  'kafka-delete-records': 'org.apache.kafka.tools.DeleteRecordsCommand',
  'kafka-log-dirs': 'org.apache.kafka.tools.LogDirsCommand',
} as const
export type KafkaToolName = keyof typeof KAFKA_TOOLS

export interface KafkaToolOptions {
  /** Where the jars are; the stack's `downloads`. */
  readonly downloads: string
  readonly tool: KafkaToolName
  readonly args: readonly string[]
  /** What the tool reads from its standard input; the caller's own when not given. */
  readonly input?: string
}

/** `status` is the tool's exit code; 1 when a signal ended it. */
export interface KafkaToolResult {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs one of Apache Kafka's own tools to its end; with `input` its output is captured, else it is the caller's. */
export const runKafkaTool = async (options: KafkaToolOptions): Promise<KafkaToolResult> => {
  const { tool, args, input } = options
  const say = (line: string): void => console.error(line)
  const jars = await resolveDownloads(options.downloads, say, new AbortController().signal)
  const java = ['-Xmx256m', '-XX:+UseSerialGC', QUICK_START, '-Dlog4j2.level=WARN', '-cp', join(jars.kafka, '*')]
  const stdio = input === undefined ? 'inherit' : 'pipe'
  const child = spawn('java', [...java, KAFKA_TOOLS[tool], ...args], { stdio })
  // A tool that ends before it has read its input is no fault of ours; its exit code tells.
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(input)
  const [stdout, stderr, [code]] = await Promise.all([
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
    once(child, 'close'),
  ])
  return { status: typeof code === 'number' ? code : 1, stdout, stderr }
}
