import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { messageOf } from '@pokepedia/errors'
import { type Child, startReady } from './child.ts'
import type { ComponentOptions } from './component.ts'
import { type JavaProgram, javaFlags, propertiesText, QUICK_START } from './java.ts'
import { runToEnd } from './run-to-end.ts'
import { type Secured, scramArguments, securedProperties } from './secured.ts'

export interface KafkaOptions extends ComponentOptions, JavaProgram {
  readonly controllerPort: number
  /** A second listener on `port` that tells clients to come to the port `proxy`. */
  readonly proxied: { readonly port: number; readonly proxy: number } | undefined
  /** A listener that wants TLS and a password. */
  readonly secured: Secured | undefined
}

/** Any 16 bytes in base64url; it only has to stay the same for a log directory. */
const CLUSTER_ID = 'cG9rZXBlZGlhLWxvY2Fs'.padEnd(22, 'A').slice(0, 22)

const keystoreIn = (directory: string): string => join(directory, 'keystore.pem')

const propertiesOf = ({ directory, port, controllerPort, proxied, secured }: KafkaOptions): string => {
  const plain = `PLAINTEXT://127.0.0.1:${port}`
  const own = proxied ? `,PROXIED://127.0.0.1:${proxied.port}` : ''
  const told = proxied ? `,PROXIED://127.0.0.1:${proxied.proxy}` : ''
  const safe = secured ? `,SECURED://127.0.0.1:${secured.kafkaPort}` : ''
  return propertiesText({
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `${plain}${own}${safe},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `${plain}${told}${safe}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,SECURED:SASL_SSL,CONTROLLER:PLAINTEXT',
    ...(secured ? securedProperties(secured, keystoreIn(directory)) : {}),
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
    // The controller lets a broker that was killed come back only when its old session has ended: by default after 9 s.
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '1000',
    // What retention deletes late only costs disk; a local stack need not look every five minutes.
    'log.retention.check.interval.ms': '60000',
    'num.network.threads': '2',
    'num.io.threads': '4',
  })
}

const LOG4J = `Configuration:
  status: warn
  Appenders:
    Console: { name: out, PatternLayout: { pattern: "%d %p %c{1} %m%n" } }
  Loggers:
    Root: { level: info, AppenderRef: { ref: out } }
`

// `format` writes meta.properties last, so a directory without it was killed half way and holds nothing yet.
const formatOnce = async (options: KafkaOptions, properties: string): Promise<void> => {
  const { stackDirectory, directory, jars, onProgress, signal } = options
  const logs = join(directory, 'logs')
  const meta = join(logs, 'meta.properties')
  const formatted = existsSync(meta) && /cluster\.id=\S+/.test(await readFile(meta, 'utf8'))
  if (formatted) return
  const found = await readdir(logs).catch(() => [])
  if (found.some((name) => /-\d+$/.test(name) && !name.startsWith('__')))
    throw new Error(`${logs} holds topics but no meta.properties: it is damaged. Start with --fresh to empty it.`)
  if (found.length > 0) onProgress('Kafka: repairing a half formatted log directory')
  await rm(logs, { recursive: true, force: true })
  await mkdir(logs, { recursive: true })
  const format = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', properties]
  if (options.secured) format.push(...scramArguments(options.secured))
  try {
    await runToEnd('java', [...javaFlags(stackDirectory, 256), QUICK_START, '-cp', join(jars, '*'), ...format], {
      signal,
    })
  } catch (cause) {
    signal.throwIfAborted()
    throw new Error(`Kafka could not format ${logs}: ${messageOf(cause).split('\n').slice(-5).join('\n')}`, { cause })
  }
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
  const { stackDirectory, directory, jars, classFlags, port, logFile, signal } = options
  await mkdir(directory, { recursive: true })
  const properties = join(directory, 'server.properties')
  const log4j = join(directory, 'log4j2.yaml')
  await writeFile(properties, propertiesOf(options), { mode: 0o600 })
  if (options.secured) {
    const { key, certificate } = options.secured
    const pem = `${await readFile(key, 'utf8')}${await readFile(certificate, 'utf8')}`
    await writeFile(keystoreIn(directory), pem, { mode: 0o600 })
  }
  await writeFile(log4j, LOG4J)
  await formatOnce(options, properties)
  const java = [...javaFlags(stackDirectory, 512), '-Xms128m', QUICK_START, ...classFlags]
  return startReady('kafka', {
    command: 'java',
    args: [...java, `-Dlog4j2.configurationFile=${log4j}`, '-cp', join(jars, '*'), 'kafka.Kafka', properties],
    cwd: directory,
    logFile,
    stopSignal: 'SIGTERM',
    signal,
    probe: async () => {
      if (!(await readFile(logFile, 'utf8')).includes('Kafka Server started')) throw new Error('the broker is starting')
      await connects(port)
    },
  })
}
