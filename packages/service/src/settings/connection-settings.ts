import { hostsSetting, numberSetting, switchSetting, textSetting, urlSetting, wordSetting } from './setting-types.ts'

export const HTTP = ['http:', 'https:']
export const VISIBLE = /^[\x21-\x7e](?:[\x20-\x7e]{0,254}[\x21-\x7e])?$/

/** Where the systems lie that hold our work, and what they are told of who we are. */
export const connectionSettings = {
  kafka: {
    KAFKA_BROKERS: hostsSetting(
      { description: 'Kafka brokers to start from, host:port, separated by commas.' },
      1,
      'must be a comma list of host:port',
      true,
    ),
    KAFKA_TLS: switchSetting({
      description: 'true: TLS to the brokers; NODE_EXTRA_CA_CERTS names the PEM file of an authority of your own.',
      default: 'false',
    }),
    KAFKA_SASL_MECHANISM: wordSetting(
      {
        description: 'How the process proves who it is to the brokers; needs KAFKA_USERNAME, KAFKA_PASSWORD.',
        default: 'none',
      },
      ['none', 'plain', 'scram-sha-256', 'scram-sha-512'],
    ),
    KAFKA_USERNAME: textSetting(
      { description: 'Who the process is to the brokers, where there is a mechanism.', default: '' },
      /^(?:[\x21-\x7e]{1,255})?$/,
      'must be visible ASCII characters',
    ),
    KAFKA_PASSWORD: textSetting(
      { description: 'Password for the brokers, where there is a mechanism.', default: '', secret: true },
      /^(?:[\x21-\x7e]{1,255})?$/,
      'must be visible ASCII characters',
    ),
  },
  registry: {
    SCHEMA_REGISTRY_URL: urlSetting(
      { description: 'Root of the Confluent-compatible schema registry API; for Apicurio …/apis/ccompat/v7.' },
      HTTP,
    ),
  },
  postgres: {
    DATABASE_URL: urlSetting(
      { description: 'Postgres, as postgres://user:password@host:port/database.', secret: true },
      ['postgres:', 'postgresql:'],
    ),
    DATABASE_POOL_SIZE: numberSetting(
      { description: 'Connections to Postgres that one process holds at most.', default: '10', unit: 'connections' },
      1,
      1_000,
    ),
  },
  objectStore: {
    S3_ENDPOINT: urlSetting({ description: 'Root of the S3 API, without the bucket.' }, HTTP),
    S3_ACCESS_KEY: textSetting(
      { description: 'Access key of the S3 API.', secret: true },
      VISIBLE,
      'must be visible ASCII characters',
    ),
    S3_SECRET_KEY: textSetting(
      { description: 'Secret key of the S3 API.', secret: true },
      VISIBLE,
      'must be visible ASCII characters',
    ),
    S3_BUCKET: textSetting(
      { description: 'Bucket of the media files.', default: 'sprites' },
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
      'must be 3..63 characters of a-z, 0-9, dot and hyphen',
    ),
    S3_REGION: textSetting(
      { description: 'Region that requests are signed for.', default: 'us-east-1' },
      /^[a-z0-9-]{1,63}$/,
      'must be characters of a-z, 0-9 and hyphen',
    ),
  },
}
