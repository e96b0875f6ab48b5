import { decodeSpriteRequested, divertTopics, parseRetryTiers, spritesQueue, topicCatalogue } from '@pokepedia/events'
import { openSchemas } from '@pokepedia/events/schemas'
import {
  consume,
  declareTopics,
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
  migrate,
  openAssetCache,
  openStore,
  reportInstance,
  settleRedriven,
} from '@pokepedia/storage'
import { openObjectStore } from '@pokepedia/storage/object-store'
import { spriteFetcherConfig } from './config.ts'
import { settleDead } from './dead.ts'
import { fetchSprite } from './fetch-sprite.ts'

const DAY_MS = 86_400_000

runMain('sprite-fetcher', async () => {
  const config = loadConfig(spriteFetcherConfig)
  await using scope = new Scope()
  const log = createLog('sprite-fetcher', config.LOG_LEVEL)
  const registry = createRegistry('sprite-fetcher', { version: '0.1.0', revision: config.REVISION })
  const tiers = parseRetryTiers(config.RETRY_TIERS)

  await patiently('Postgres', () => migrate(config.DATABASE_URL, log), log)
  const store = scope.add(openStore({ url: config.DATABASE_URL, poolSize: config.DATABASE_POOL_SIZE, registry }, log))
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
  await patiently('the object store', () => objects.ensureBucket(), log)
  const client = openKafka(kafkaConfigOf(config, 'sprite-fetcher'), log)
  const admin = scope.add(await patiently('Kafka', () => openAdmin(client), log))
  await patiently('Kafka', () => declareTopics(admin, topicCatalogue(tiers), log), log)
  const schemas = openSchemas(config.SCHEMA_REGISTRY_URL)
  await patiently('the schema registry', () => schemas.ping(), log)

  const allowedHosts = [...config.MEDIA_HOSTS, new URL(config.UPSTREAM_URL).host]
  const turnWaitMs = config.HANDLER_DEADLINE_MS / 4
  const upstreamParts = { allowedHosts, turns: hostTurns(store), turnWaitMs, registry }
  const upstream = scope.add(openUpstream(upstreamOptions(config, upstreamParts), log))
  const producer = scope.add(
    await patiently('Kafka', () => openProducer(client, { registry, topics: divertTopics(spritesQueue, tiers) }), log),
  )
  const handler = fetchSprite({
    store,
    cache: openAssetCache(store),
    objects,
    upstream,
    maxBytes: config.MAX_MEDIA_BYTES,
    freshForMs: config.MEDIA_FRESH_FOR_DAYS * DAY_MS,
  })
  const consumer = scope.add(
    await consume(spritesQueue, unlessGivenUp(handler, createGivenUp(store)), {
      client,
      producer,
      decode: decodeSpriteRequested(schemas.reader(spritesQueue)),
      onDead: settleDead(store),
      onRedriven: (end) => settleRedriven(store, end),
      pausedGroups: async () => new Set((await groupPauses(store)).map(({ group }) => group)),
      probes: {
        upstream: upstream.probe,
        postgres: store.ping,
        object_store: objects.ping,
        registry: schemas.ping,
        kafka: admin.ping,
      },
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
  scope.add(reportInstance({ store, service: 'sprite-fetcher', read, log }))

  const checks = [
    { name: 'kafka', check: consumer.check },
    { name: 'postgres', check: store.ping },
    { name: 'registry', check: schemas.ping },
    { name: 'object_store', check: objects.ping },
  ]
  const app = createApp({ log, registry, checks, alive: consumer.alive })
  const server = scope.add(await serve(app, { host: config.HTTP_HOST, port: config.HTTP_PORT }))
  log.info({ event: 'process.started', url: server.url }, `listening on ${server.url}`)
  await untilStopped(log, [consumer])
})
