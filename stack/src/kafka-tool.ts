import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { KAFKA_TOOLS, type KafkaToolName, runKafkaTool } from './local/index.ts'

// `npm run kafka -- kafka-consumer-groups --describe --all-groups`: one of Apache Kafka's own tools, from the jars of
// the local stack, against the deployment that is up. Its exit code is ours.

const local = (name: string): string => fileURLToPath(new URL(`../../../.local/${name}`, import.meta.url))
const isTool = (name: string): name is KafkaToolName => Object.hasOwn(KAFKA_TOOLS, name)

const runningBroker = (): string => {
  try {
    return z.object({ kafka: z.string() }).parse(JSON.parse(readFileSync(local('stack.json'), 'utf8'))).kafka
  } catch {
    console.error('nothing is running in .local; start it with `npm start`, or give --bootstrap-server HOST:PORT')
    return process.exit(1)
  }
}

const [name = '', ...args] = process.argv.slice(2)
const tool = name.replace(/\.sh$/, '')
if (!isTool(tool)) {
  console.error(`usage: npm run kafka -- TOOL [ARGUMENTS]\nTOOL is one of ${Object.keys(KAFKA_TOOLS).join(', ')}`)
  process.exit(2)
}
const bootstrap = args.includes('--bootstrap-server') ? [] : ['--bootstrap-server', runningBroker()]
const { status } = await runKafkaTool({ downloads: local('downloads'), tool, args: [...bootstrap, ...args] })
process.exitCode = status
