import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type Child, startChild, untilReady } from './child.ts'
import type { Progress } from './component.ts'

export interface KafkaOptions {
  readonly directory: string
  readonly jars: string
  readonly port: number
  readonly controllerPort: number
  readonly logFile: string
  readonly onProgress: Progress
  readonly signal: AbortSignal
}

/** Any 16 bytes in base64url; it only has to stay the same for a log directory. */
const CLUSTER_ID = 'cG9rZXBlZGlhLWxvY2Fs'.padEnd(22, 'A').slice(0, 22)

const propertiesOf = ({ directory, port, controllerPort }: KafkaOptions): string =>
  Object.entries({
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(directory, 'logs'),
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'default.replication.factor': '1',
    'group.initial.rebalance.delay.ms': '0',
    // What retention deletes late only costs disk; a local stack need not look every five minutes.
    'log.retention.check.interval.ms': '60000',
    'num.network.threads': '2',
    'num.io.threads': '4',
  })
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')

const LOG4J = `Configuration:
  status: warn
  Appenders:
    Console: { name: out, PatternLayout: { pattern: "%d %p %c{1} %m%n" } }
  Loggers:
    Root: { level: info, AppenderRef: { ref: out } }
`

/** Runs a class of the Kafka jars and waits for it. */
const runClass = (jars: string, name: string, args: readonly string[]): void => {
  const { status, stdout, stderr } = spawnSync(
    'java',
    ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-cp', join(jars, '*'), name, ...args],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`${name} failed: ${`${stdout}${stderr}`.trim().split('\n').slice(-5).join('\n')}`)
}

// `format` writes meta.properties last, so a directory without it was killed half way and holds nothing yet.
const formatOnce = async (options: KafkaOptions, properties: string): Promise<void> => {
  const logs = join(options.directory, 'logs')
  const meta = join(logs, 'meta.properties')
  const formatted = existsSync(meta) && /cluster\.id=\S+/.test(await readFile(meta, 'utf8'))
  if (formatted) return
  const found = await readdir(logs).catch(() => [])
  if (found.some((name) => /-\d+$/.test(name) && !name.startsWith('__')))
    throw new Error(`${logs} holds topics but no meta.properties: it is damaged. Start with --fresh to empty it.`)
  if (found.length > 0) options.onProgress('Kafka: repairing a half formatted log directory')
  await rm(logs, { recursive: true, force: true })
  await mkdir(logs, { recursive: true })
  runClass(options.jars, 'kafka.tools.StorageTool', ['format', '-t', CLUSTER_ID, '-c', properties])
}

const connects = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1_000 })
    socket.once('connect', () => {
      socket.destroy()
      resolve()
    })
    socket.once('error', reject)
    socket.once('timeout', () => reject(new Error('timeout')))
  })

/** Starts a single KRaft node, broker and controller in one process; ready when it says so and accepts connections. */
export const startKafka = async (options: KafkaOptions): Promise<Child> => {
  const { directory, jars, logFile } = options
  await mkdir(directory, { recursive: true })
  const properties = join(directory, 'server.properties')
  await writeFile(properties, propertiesOf(options))
  await writeFile(join(directory, 'log4j2.yaml'), LOG4J)
  await formatOnce(options, properties)
  await writeFile(logFile, '')
  const flags = [
    '-Xmx512m',
    '-Xms128m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=4',
    `-Dlog4j2.configurationFile=${join(directory, 'log4j2.yaml')}`,
  ]
  const child = await startChild('kafka', {
    command: 'java',
    args: [...flags, '-cp', join(jars, '*'), 'kafka.Kafka', properties],
    cwd: directory,
    logFile,
  })
  await untilReady(child, {
    logFile,
    signal: options.signal,
    probe: async () => {
      if (!(await readFile(logFile, 'utf8')).includes('Kafka Server started')) throw new Error('the broker is starting')
      await connects(options.port)
    },
  })
  return child
}
