import { parseRetryTiers, queues, topicCatalogue } from '@pokepedia/events'
import { openSchemas } from '@pokepedia/events/schemas'
import { kafkaConfigOf, openAdmin, openKafka, openProducer } from '@pokepedia/pipeline'
import {
  createLog,
  createRegistry,
  loadConfig,
  patiently,
  runMain,
  Scope,
  serve,
  untilStopped,
} from '@pokepedia/service'
import { createApp } from '@pokepedia/service/http'
import { migrate, openStore } from '@pokepedia/storage'
import { openObjectStore } from '@pokepedia/storage/object-store'
import { addActionMetrics } from './action-metrics.ts'
import { startCollectors } from './collectors.ts'
import { metricsConfig } from './config.ts'
import { addCopyRoutes } from './copy/http.ts'
import { addDeadLetterRoutes } from './dead-letters/http.ts'
import { INDEX_GROUP, startIndexing } from './dead-letters/indexing.ts'
import { startRedriving } from './dead-letters/redriving.ts'
import { addEventRoutes } from './events.ts'
import { addGroupRoutes } from './groups/http.ts'
import { statusRoutes } from './http.ts'
import { loadPageAssets } from './page/assets.ts'
import { addSeederRoutes } from './seeder/http.ts'
import { statusOf } from './status.ts'

const VERSION = '0.1.0'

runMain('metrics', async () => {
  const config = loadConfig(metricsConfig)
  const log = createLog('metrics', config.LOG_LEVEL)
  const tiers = parseRetryTiers(config.RETRY_TIERS)
  const assets = await loadPageAssets()
  await using scope = new Scope()
  const registry = createRegistry('metrics', { version: VERSION, revision: config.REVISION })
  await patiently('Postgres', () => migrate(config.DATABASE_URL, log), log)
  const store = scope.add(openStore({ url: config.DATABASE_URL, poolSize: config.DATABASE_POOL_SIZE, registry }, log))
  const client = openKafka(kafkaConfigOf(config, 'metrics'), log)
  const admin = scope.add(await patiently('Kafka', () => openAdmin(client), log))
  const catalogue = topicCatalogue(tiers)
  await patiently('Kafka', () => admin.ensureTopics(catalogue), log)

  const sources = startCollectors(scope, { registry, store, client, admin, tiers, catalogue, log })
  const producer = scope.add(
    await patiently('Kafka', () => openProducer(client, { registry, topics: queues.map(({ name }) => name) }), log),
  )
  const redriving = scope.add(startRedriving({ client, admin, producer, store, log }))
  const indexing = scope.add(await startIndexing({ client, store, queues, group: INDEX_GROUP, log }))
  const objects = scope.add(
    openObjectStore({
      endpoint: config.S3_ENDPOINT,
      accessKey: config.S3_ACCESS_KEY,
      secretKey: config.S3_SECRET_KEY,
      bucket: config.S3_BUCKET,
      region: config.S3_REGION,
      registry,
    }),
  )
  const schemas = openSchemas(config.SCHEMA_REGISTRY_URL)

  const checks = [
    { name: 'kafka', check: () => admin.ping() },
    { name: 'postgres', check: () => store.ping() },
    { name: 'dead_letter_index', check: indexing.check },
  ]
  const status = () => statusOf(sources, { readOnly: config.READ_ONLY, version: VERSION })
  const routes = addDeadLetterRoutes(addActionMetrics(statusRoutes(status, store, assets), registry), {
    store,
    readers: new Map(queues.map((queue) => [queue.name, schemas.reader(queue)])),
    maxCount: config.REDRIVE_MAX_COUNT,
    onRedrive: redriving.wake,
    log,
  })
  addGroupRoutes(routes, { store, log })
  addCopyRoutes(routes, { store, objects })
  const events = addEventRoutes(routes, { status, registry })
  addSeederRoutes(routes, { store, seederUrl: config.SEEDER_URL, token: config.API_TOKEN, log })
  const app = createApp({
    log,
    registry,
    checks,
    alive: indexing.alive,
    routes,
    token: config.API_TOKEN,
    changesPerMinute: config.CHANGES_PER_MINUTE,
    readOnly: config.READ_ONLY,
  })
  const server = scope.add(await serve(app, { host: config.HTTP_HOST, port: config.HTTP_PORT }))
  // After the server, and so closed before it: a stream that goes on would hold up its end.
  scope.add(events)
  log.info({ event: 'process.started', url: server.url }, `listening on ${server.url}`)
  await untilStopped(log, [indexing, redriving])
})
