import {
  changesTopic,
  decodeResourceRequested,
  divertTopics,
  ingestQueue,
  parseRetryTiers,
  type ResourceChanged,
  type SpriteRequested,
  spritesQueue,
  topicCatalogue,
} from '@pokepedia/events'
import { openSchemas } from '@pokepedia/events/schemas'
import {
  consume,
  declareTopics,
  emitterOf,
  kafkaConfigOf,
  openAdmin,
  openKafka,
  openProducer,
  unlessGivenUp,
} from '@pokepedia/pipeline'
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
import {
  createGivenUp,
  groupPauses,
  hostTurns,
  mediaKindsOf,
  migrate,
  openResourceCache,
  openStore,
  reportInstance,
  settleRedriven,
} from '@pokepedia/storage'
import { startSendingChanges } from './changes.ts'
import { ingestorConfig } from './config.ts'
import { settleDead } from './dead.ts'
import { ingest } from './ingest.ts'

runMain('ingestor', async () => {
  const config = loadConfig(ingestorConfig)
  await using scope = new Scope()
  const log = createLog('ingestor', config.LOG_LEVEL)
  const resources = await readResourceSettings(config.RESOURCE_SETTINGS_FILE)
  const registry = createRegistry('ingestor', { version: '0.1.0', revision: config.REVISION })
  const tiers = parseRetryTiers(config.RETRY_TIERS)

  await patiently('Postgres', () => migrate(config.DATABASE_URL, log), log)
  const store = scope.add(openStore({ url: config.DATABASE_URL, poolSize: config.DATABASE_POOL_SIZE, registry }, log))
  const client = openKafka(kafkaConfigOf(config, 'ingestor'), log)
  const admin = scope.add(await patiently('Kafka', () => openAdmin(client), log))
  await patiently('Kafka', () => declareTopics(admin, topicCatalogue(tiers), log), log)
  const schemas = openSchemas(config.SCHEMA_REGISTRY_URL)
  const spriteWriter = await patiently('the schema registry', () => schemas.spriteWriter(), log)
  const changeWriter = await patiently('the schema registry', () => schemas.changeWriter(), log)

  const allowedHosts = [new URL(config.UPSTREAM_URL).host]
  const turnWaitMs = config.HANDLER_DEADLINE_MS / 4
  const upstreamParts = { allowedHosts, turns: hostTurns(store), turnWaitMs, registry }
  const upstream = scope.add(openUpstream(upstreamOptions(config, upstreamParts), log))
  const topics = [spritesQueue.name, changesTopic.name, ...divertTopics(ingestQueue, tiers)]
  const producer = scope.add(await patiently('Kafka', () => openProducer(client, { registry, topics }), log))
  const requestSprites = emitterOf<SpriteRequested>(producer, spritesQueue, ({ url }) => url, spriteWriter)
  const emitChanges = emitterOf<ResourceChanged>(producer, changesTopic, ({ path }) => path, changeWriter)
  const changes = scope.add(startSendingChanges({ store, emit: emitChanges, log }))
  const handler = ingest({
    store,
    cache: openResourceCache(store),
    upstream,
    requestSprites,
    sendChange: changes.send,
    resources,
    maxBytes: config.MAX_JSON_BYTES,
    requestKinds: mediaKindsOf(config.MEDIA_KINDS),
    log,
  })
  const consumer = scope.add(
    await consume(ingestQueue, unlessGivenUp(handler, createGivenUp(store)), {
      client,
      producer,
      decode: decodeResourceRequested(schemas.reader(ingestQueue), config.UPSTREAM_URL),
      onDead: settleDead(store, requestSprites),
      onRedriven: (end) => settleRedriven(store, end),
      pausedGroups: async () => new Set((await groupPauses(store)).map(({ group }) => group)),
      probes: { upstream: upstream.probe, postgres: store.ping, registry: schemas.ping, kafka: admin.ping },
      tiers,
      concurrency: config.CONSUMER_CONCURRENCY,
      maxBytes: config.CONSUMER_MAX_BYTES,
      deadlineMs: config.HANDLER_DEADLINE_MS,
      traceParenting: config.TRACE_PARENTING,
      registry,
      log,
    }),
  )
  const read = () => ({ breakers: consumer.breakers(), ...consumer.load() })
  scope.add(reportInstance({ store, service: 'ingestor', read, log }))

  const checks = [
    { name: 'kafka', check: consumer.check },
    { name: 'postgres', check: store.ping },
    { name: 'registry', check: schemas.ping },
  ]
  const app = createApp({ log, registry, checks, alive: consumer.alive })
  const server = scope.add(await serve(app, { host: config.HTTP_HOST, port: config.HTTP_PORT }))
  log.info({ event: 'process.started', url: server.url }, `listening on ${server.url}`)
  await untilStopped(log, [consumer])
})
