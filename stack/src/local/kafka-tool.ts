import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { resolveDownloads } from './downloads.ts'

/** The usual script names of Apache Kafka and the classes behind them. */
export const KAFKA_TOOLS = {
  'kafka-topics': 'org.apache.kafka.tools.TopicCommand',
  'kafka-consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  'kafka-console-producer': 'org.apache.kafka.tools.ConsoleProducer',
  'kafka-console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'kafka-configs': 'kafka.admin.ConfigCommand',
  'kafka-get-offsets': 'org.apache.kafka.tools.GetOffsetShell',
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

/** Runs one of Apache Kafka's own tools to its end; with `input` its output is captured, else it is the caller's. */
export const runKafkaTool = async (
  options: KafkaToolOptions,
): Promise<{ status: number; stdout: string; stderr: string }> => {
  const jars = await resolveDownloads(options.downloads, (line) => console.error(line), new AbortController().signal)
  const java = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-Dlog4j2.level=WARN', '-cp', join(jars.kafka, '*')]
  const captured = options.input !== undefined
  const { status, stdout, stderr } = spawnSync('java', [...java, KAFKA_TOOLS[options.tool], ...options.args], {
    encoding: 'utf8',
    stdio: captured ? 'pipe' : 'inherit',
    ...(captured ? { input: options.input } : {}),
  })
  return { status: status ?? 1, stdout: stdout ?? '', stderr: stderr ?? '' }
}
