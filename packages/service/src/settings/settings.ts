import { connectionSettings, HTTP, VISIBLE } from './connection-settings.ts'
import {
  budgetsSetting,
  delaysSetting,
  hostsSetting,
  numberSetting,
  rootUrlSetting,
  switchSetting,
  textSetting,
  urlSetting,
  wordSetting,
  wordsSetting,
} from './setting-types.ts'

const DAY_MS = 86_400_000

/**
 * Every setting of the product: the one list. Each group is a zod shape over the environment; a service composes what
 * it reads: `z.object({ ...settings.kafka, ...settings.log })`. Parsed values keep the variables' names as keys.
 */
export const settings = {
  ...connectionSettings,
  upstream: {
    UPSTREAM_URL: rootUrlSetting({
      description: 'Root of the API that is copied; its host is the only one that JSON is fetched from.',
      default: 'https://pokeapi.co/api/v2/',
    }),
    UPSTREAM_CONNECT_TIMEOUT_MS: numberSetting(
      { description: 'Limit for opening a connection, TLS included.', default: '5000', unit: 'ms' },
      1,
      600_000,
    ),
    UPSTREAM_HEADERS_TIMEOUT_MS: numberSetting(
      { description: 'Limit from the sent request to the headers of its answer.', default: '10000', unit: 'ms' },
      1,
      600_000,
    ),
    UPSTREAM_BODY_TIMEOUT_MS: numberSetting(
      { description: 'Limit for the whole body of an answer.', default: '30000', unit: 'ms' },
      1,
      600_000,
    ),
    UPSTREAM_CONNECTIONS: numberSetting(
      { description: 'Connections that one process opens to one host at most.', default: '16', unit: 'connections' },
      1,
      1_000,
    ),
    HOST_BUDGETS: budgetsSetting({
      description:
        'What all processes together ask of a host at most: HOST=REQUESTS/s:IN_FLIGHT, separated by commas; * is each other public host.',
      default: 'pokeapi.co=20/s:8,raw.githubusercontent.com=10/s:4,*=10/s:4',
    }),
    USER_AGENT: textSetting(
      {
        description: 'Sent with every request; name a contact in it before you fetch from a public API.',
        default: 'pokepedia-stream/0.1.0 (contact: unset)',
      },
      VISIBLE,
      'must be 1..256 visible ASCII characters',
    ),
    MAX_JSON_BYTES: numberSetting(
      { description: 'Largest JSON document that is taken, after decompression.', default: '33554432', unit: 'bytes' },
      1,
      1_073_741_824,
    ),
    PRIVATE_HOSTS: hostsSetting(
      {
        description:
          'Names with a dot in them that may resolve to private addresses, separated by commas; for a mirror of your own.',
        default: '',
      },
      0,
      'must be a comma list of hosts',
    ),
  },
  media: {
    MEDIA_HOSTS: hostsSetting(
      {
        description: 'Hosts that media files are fetched from, host or host:port, separated by commas.',
        default: 'raw.githubusercontent.com',
      },
      1,
      'must be a comma list of host or host:port',
    ),
    MEDIA_KINDS: wordsSetting(
      { description: 'Kinds of media that are fetched: sprites, or sprites,cries.', default: 'sprites' },
      ['sprites', 'cries'],
    ),
    MEDIA_FRESH_FOR_DAYS: numberSetting(
      { description: 'A stored file younger than this is not asked for again.', default: '30', unit: 'days' },
      0,
      36_500,
    ),
    MAX_MEDIA_BYTES: numberSetting(
      { description: 'Largest media file that is taken, after decompression.', default: '16777216', unit: 'bytes' },
      1,
      1_073_741_824,
    ),
  },
  consumer: {
    CONSUMER_CONCURRENCY: numberSetting(
      { description: 'Events that one process has in work at most, retries included.', default: '64', unit: 'events' },
      1,
      1_000,
    ),
    CONSUMER_MAX_BYTES: numberSetting(
      {
        description: 'Bytes of documents and files that one process holds in work at most.',
        default: '67108864',
        unit: 'bytes',
      },
      1_048_576,
      17_179_869_184,
    ),
    HANDLER_DEADLINE_MS: numberSetting(
      { description: 'Limit for the work on one event; then it moves to a retry tier.', default: '60000', unit: 'ms' },
      100,
      DAY_MS,
    ),
  },
  retry: {
    RETRY_TIERS: delaysSetting({
      description: 'Delays of the retry topics, each longer than the one before: ms, s, m or h.',
      default: '5s,30s,5m',
    }),
  },
  runs: {
    RUN_RETENTION_DAYS: numberSetting(
      {
        description: 'Runs that ended longer ago are removed with their ledger; 0 keeps them for ever.',
        default: '30',
        unit: 'days',
      },
      0,
      36_500,
    ),
  },
  resources: {
    RESOURCE_SETTINGS_FILE: textSetting(
      {
        description:
          'Settings of resource types as JSON (docs/resource-settings.md), for the seeder and the ingestor; none when empty.',
        default: '',
      },
      /^[^\0]{0,1024}$/,
      'must be a path',
    ),
  },
  schedules: {
    SCHEDULES_FILE: textSetting(
      {
        description:
          'Schedules as JSON, applied when its version is higher than the last one applied; none when empty.',
        default: '',
      },
      /^[^\0]{0,1024}$/,
      'must be a path',
    ),
  },
  redrive: {
    REDRIVE_MAX_COUNT: numberSetting(
      {
        description: 'How often one event is redriven at most; later letters of it are left out.',
        default: '3',
        unit: 'times',
      },
      1,
      100,
    ),
  },
  trace: {
    TRACE_PARENTING: wordSetting(
      {
        description:
          'Span of a delivery: link = in a trace of its own that links to the one it came from; parent = in that one.',
        default: 'link',
      },
      ['link', 'parent'],
    ),
  },
  http: {
    HTTP_HOST: textSetting(
      { description: 'Address that the HTTP server listens on; 0.0.0.0 for every one.', default: '127.0.0.1' },
      /^[a-zA-Z0-9.:_-]{1,255}$/,
      'must be a host name or an address',
    ),
    HTTP_PORT: numberSetting(
      { description: 'Port that the HTTP server listens on; 0 takes a free one.', default: '8080' },
      0,
      65_535,
    ),
  },
  api: {
    API_TOKEN: textSetting(
      { description: 'Bearer token for every request that changes state; 16 characters at least.', secret: true },
      /^[\x21-\x7e]{16,512}$/,
      'must be 16..512 visible ASCII characters without spaces',
    ),
    CHANGES_PER_MINUTE: numberSetting(
      {
        description: 'Requests other than reads that one client address may send; more are refused with 429.',
        default: '1200',
        unit: 'a minute',
      },
      1,
      1_000_000,
    ),
  },
  page: {
    READ_ONLY: switchSetting({
      description: 'true: the metrics service and its page show everything and change nothing.',
      default: 'false',
    }),
  },
  seeder: {
    SEEDER_URL: urlSetting(
      {
        description: 'Root of the seeder, which the status page sends its requests to seed and to cancel to.',
        default: 'http://seeder:8080/',
      },
      HTTP,
    ),
  },
  services: {
    INGESTOR_URL: urlSetting(
      {
        description: 'Root of the ingestor, which the command line asks where no local deployment runs.',
        default: 'http://ingestor:8080/',
      },
      HTTP,
    ),
    SPRITE_FETCHER_URL: urlSetting(
      {
        description: 'Root of the sprite fetcher, which the command line asks where no local deployment runs.',
        default: 'http://sprite-fetcher:8080/',
      },
      HTTP,
    ),
    METRICS_URL: urlSetting(
      {
        description: 'Root of the metrics service, which the command line asks where no local deployment runs.',
        default: 'http://metrics:8080/',
      },
      HTTP,
    ),
  },
  log: {
    LOG_LEVEL: wordSetting({ description: 'Least level that is logged.', default: 'info' }, [
      'trace',
      'debug',
      'info',
      'warn',
      'error',
      'fatal',
      'silent',
    ]),
  },
  build: {
    REVISION: textSetting(
      { description: 'Commit that runs, for pokepedia_build_info; `pokepedia up` sets it.', default: 'unknown' },
      /^[\w.-]{1,64}$/,
      'must be 1..64 letters, digits, dots, hyphens and underscores',
    ),
  },
}
