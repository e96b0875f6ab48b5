import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseRetryTiers, type TopicDeclaration, topicCatalogue } from '@pokepedia/events'
import { parse, stringify } from 'yaml'
import { z } from 'zod'

/** The folder of the manifests. */
export const folder = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string): string => readFileSync(`${folder}${path}`, 'utf8')

const MADE = '# Made by `npm run kubernetes`; a test holds it to its source.\n'
const documents = (resources: readonly object[]): string =>
  MADE + resources.map((resource) => stringify(resource, { lineWidth: 0 })).join('---\n')

/** In the namespace of the Kafka cluster, where Strimzi's topic operator looks. */
const topicResource = ({ name, partitions, config }: TopicDeclaration): object => ({
  apiVersion: 'kafka.strimzi.io/v1',
  kind: 'KafkaTopic',
  metadata: { name, namespace: 'kafka', labels: { 'strimzi.io/cluster': 'pokepedia' } },
  // An acknowledged record is on two brokers; one of three may be away.
  spec: { partitions, replicas: 3, config: { ...config, 'min.insync.replicas': '2' } },
})

const rulesSchema = z.object({ groups: z.array(z.looseObject({ name: z.string() })) })
const groupsOf = (file: string) => rulesSchema.parse(parse(read(`../prometheus/${file}`))).groups

const retryTiers = (): string => {
  const [, tiers] = /^RETRY_TIERS=(.+)$/m.exec(read('base/settings.env')) ?? []
  if (tiers === undefined) throw new Error('base/settings.env has no RETRY_TIERS')
  return tiers
}

/** The text of each manifest that follows from another source, by its path in the folder. */
export const generatedFiles = (): Readonly<Record<string, string>> => ({
  'components/strimzi/topics.yaml': documents(topicCatalogue(parseRetryTiers(retryTiers())).map(topicResource)),
  'components/prometheus-operator/rules.yaml': documents([
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: 'pokepedia', namespace: 'pokepedia' },
      spec: { groups: [...groupsOf('recording-rules.yml'), ...groupsOf('alerts.yml')] },
    },
  ]),
})
