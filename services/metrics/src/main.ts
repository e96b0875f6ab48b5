import { deadLetterTopic, openSchemas, parseRetryTiers, queues, retentionMsOf, topicCatalogue } from '@pokepedia/events'
import { openAdmin, openKafka, openProducer, openRecordTimes } from '@pokepedia/pipeline'
import {
  createApp,
  createLog,
  createRegistry,
  loadConfig,
  patiently,
  runMain,
  Scope,
  serve,
  untilStopped,
} from '@pokepedia/service'
import {
  countOpenLetters,
  countRedriven,
  hostBudgets,
  listRuns,
  migrate,
  openObjectStore,
  openStore,
} from '@pokepedia/storage'
import { startCollector } from './collector.ts'
import { metricsConfig } from './config.ts'
import { addCopyRoutes } from './copy/http.ts'
import { addDeadLetterRoutes } from './dead-letters/http.ts'
import { INDEX_GROUP, startIndexing } from './dead-letters/indexing.ts'
import { createDeadLetterMetrics } from './dead-letters/metrics.ts'
import { startRedriving } from './dead-letters/redriving.ts'
import { createExporter } from './exporter.ts'
import { addGroupRoutes } from './groups/http.ts'
import { statusRoutes } from './http.ts'
import { createLagMetrics } from './lag/lag-metrics.ts'
import { readLag } from './lag/read-lag.ts'
import { addSeederRoutes } from './seeder/http.ts'

const INTERVAL_MS = 5_000
/** Counting a run reads its whole ledger, so only the newest are shown. */
const RUNS_SHOWN = 5

runMain('metrics', async () => {
  const config = loadConfig(metricsConfig)
  const log = createLog('metrics', config.LOG_LEVEL)
  const tiers = parseRetryTiers(config.RETRY_TIERS)
  await using scope = new Scope()
  const registry = createRegistry('metrics', '0.1.0')
  const exporter = createExporter(registry)
  await patiently('Postgres', () => migrate(config.DATABASE_URL, log), log)
  const store = scope.add(openStore({ url: config.DATABASE_URL, poolSize: config.DATABASE_POOL_SIZE }, log))
  const client = openKafka({ brokers: config.KAFKA_BROKERS, clientId: 'metrics' }, log)
  const admin = scope.add(await patiently('Kafka', () => openAdmin(client), log))
  const catalogue = topicCatalogue(tiers)
  await patiently('Kafka', () => admin.ensureTopics(catalogue), log)

  const letterTopics = queues.map(deadLetterTopic)
  const times = scope.add(
    openRecordTimes(
      client,
      catalogue.map(({ name }) => name),
    ),
  )
  const showLag = createLagMetrics(registry, retentionMsOf(catalogue))
  const lag = startCollector({
    name: 'lag',
    intervalMs: INTERVAL_MS,
    collect: () => readLag({ admin, times, queues, tiers, others: [{ group: INDEX_GROUP, topics: letterTopics }] }),
    onCycle(collector) {
      if (collector.state.up && collector.snapshot) showLag(collector.snapshot)
      exporter.collector(collector)
    },
    log,
  })
  scope.add(lag)
  const runs = startCollector({
    name: 'runs',
    intervalMs: INTERVAL_MS,
    collect: () => listRuns(store, RUNS_SHOWN),
    onCycle(collector) {
      if (collector.snapshot) exporter.runs(collector.snapshot.value)
      exporter.collector(collector)
    },
    log,
  })
  scope.add(runs)
  const showDeadLetters = createDeadLetterMetrics(
    registry,
    queues.map(({ name }) => name),
  )
  const deadLetters = startCollector({
    name: 'dead-letters',
    intervalMs: INTERVAL_MS,
    collect: async () => ({ open: await countOpenLetters(store), totals: await countRedriven(store) }),
    onCycle(collector) {
      if (collector.snapshot) showDeadLetters(collector.snapshot.value)
      exporter.collector(collector)
    },
    log,
  })
  scope.add(deadLetters)
  const hosts = startCollector({
    name: 'hosts',
    intervalMs: INTERVAL_MS,
    collect: () => hostBudgets(store),
    onCycle: exporter.collector,
    log,
  })
  scope.add(hosts)

  const producer = scope.add(await patiently('Kafka', () => openProducer(client), log))
  const redriving = scope.add(startRedriving({ client, admin, producer, store, log }))
  const indexing = scope.add(await startIndexing({ client, store, queues, group: INDEX_GROUP, log }))
  const objects = scope.add(
    openObjectStore({
      endpoint: config.S3_ENDPOINT,
      accessKey: config.S3_ACCESS_KEY,
      secretKey: config.S3_SECRET_KEY,
      bucket: config.S3_BUCKET,
      region: config.S3_REGION,
    }),
  )
  const schemas = openSchemas(config.SCHEMA_REGISTRY_URL)

  const checks = [
    { name: 'kafka', check: () => admin.ping() },
    { name: 'postgres', check: () => store.ping() },
    { name: 'dead-letter index', check: indexing.check },
  ]
  const routes = addDeadLetterRoutes(statusRoutes({ lag, runs, deadLetters, hosts }), {
    store,
    readers: new Map(queues.map((queue) => [queue.name, schemas.reader(queue)])),
    maxCount: config.REDRIVE_MAX_COUNT,
    onRedrive: redriving.wake,
    log,
  })
  addGroupRoutes(routes, { store, log })
  addCopyRoutes(routes, { store, objects })
  addSeederRoutes(routes, { store, seederUrl: config.SEEDER_URL, token: config.API_TOKEN, log })
  const app = createApp({ log, registry, checks, alive: indexing.alive, routes, token: config.API_TOKEN })
  const server = scope.add(await serve(app, { host: config.HTTP_HOST, port: config.HTTP_PORT }))
  log.info({ event: 'process.started', url: server.url }, `listening on ${server.url}`)
  await untilStopped(log, [indexing, redriving])
})
