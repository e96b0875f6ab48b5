import { ingestQueue, parseRetryTiers, topicCatalogue } from '@pokepedia/events'
import { openSchemas } from '@pokepedia/events/schemas'
import { declareTopics, emitterOf, kafkaConfigOf, openAdmin, openKafka, openProducer } from '@pokepedia/pipeline'
import {
  createLog,
  createRegistry,
  loadConfig,
  patiently,
  readResourceSettings,
  runMain,
  Scope,
  serve,
  untilStopped,
  upstreamOptions,
} from '@pokepedia/service'
import { createApp } from '@pokepedia/service/http'
import { openUpstream } from '@pokepedia/service/upstream'
import { hostTurns, migrate, openStore } from '@pokepedia/storage'
import { seederConfig } from './config.ts'
import { seederRoutes } from './http.ts'
import { createSeederMetrics } from './metrics.ts'
import { resourceTypes } from './resource-types.ts'
import { startRemoving } from './retention.ts'
import { startAdvancing, startClosing } from './runs.ts'
import { applySchedules } from './schedules/file.ts'
import { startFiring } from './schedules/firing.ts'
import { startShowing } from './schedules/metrics.ts'
import { upstreamSource } from './upstream-source.ts'

const TURN_WAIT_MS = 60_000

runMain('seeder', async () => {
  const config = loadConfig(seederConfig)
  await using scope = new Scope()
  const log = createLog('seeder', config.LOG_LEVEL)
  const resources = await readResourceSettings(config.RESOURCE_SETTINGS_FILE)
  const registry = createRegistry('seeder', { version: '0.1.0', revision: config.REVISION })
  const metrics = createSeederMetrics(registry)

  await patiently('Postgres', () => migrate(config.DATABASE_URL, log), log)
  const store = scope.add(openStore({ url: config.DATABASE_URL, poolSize: config.DATABASE_POOL_SIZE, registry }, log))

  if (config.SCHEDULES_FILE !== '') await applySchedules(store, config.SCHEDULES_FILE, log)

  const kafka = openKafka(kafkaConfigOf(config, 'seeder'), log)
  const admin = scope.add(await patiently('Kafka', () => openAdmin(kafka), log))
  await patiently('Kafka', () => declareTopics(admin, topicCatalogue(parseRetryTiers(config.RETRY_TIERS)), log), log)
  const producer = scope.add(
    await patiently('Kafka', () => openProducer(kafka, { registry, topics: [ingestQueue.name] }), log),
  )

  const schemas = openSchemas(config.SCHEMA_REGISTRY_URL)
  const writer = await patiently('the schema registry', () => schemas.resourceWriter(), log)
  const emit = emitterOf(producer, ingestQueue, (event) => event.path, writer)

  const allowedHosts = [new URL(config.UPSTREAM_URL).host]
  const upstreamParts = { allowedHosts, turns: hostTurns(store), turnWaitMs: TURN_WAIT_MS, registry }
  const upstream = scope.add(openUpstream(upstreamOptions(config, upstreamParts), log))
  const source = upstreamSource(upstream, { apiRoot: config.UPSTREAM_URL, maxBytes: config.MAX_JSON_BYTES })

  const advancing = scope.add(startAdvancing({ store, source, emit, resources, metrics, log }))
  const closing = scope.add(startClosing({ store, metrics, log }))
  scope.add(startRemoving({ store, keptForDays: config.RUN_RETENTION_DAYS, log }))
  const firing = scope.add(startFiring({ store, metrics, log, onRun: advancing.wake }))
  scope.add(startShowing(store, registry, log))
  const routes = seederRoutes({ store, source, types: resourceTypes(source), metrics, log, onRun: advancing.wake })
  const checks = [
    { name: 'postgres', check: store.ping },
    { name: 'kafka', check: admin.ping },
    { name: 'registry', check: schemas.ping },
  ]
  const app = createApp({
    log,
    checks,
    registry,
    routes,
    token: config.API_TOKEN,
    changesPerMinute: config.CHANGES_PER_MINUTE,
  })
  const server = scope.add(await serve(app, { host: config.HTTP_HOST, port: config.HTTP_PORT }))
  log.info({ event: 'process.started', url: server.url }, `listening on ${server.url}`)
  await untilStopped(log, [advancing, closing, firing])
})
