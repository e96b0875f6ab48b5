import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { SERVICE_NAMES } from '@pokepedia/cli'
import { parseRetryTiers, queues, retryGroup, topicCatalogue } from '@pokepedia/events'
import { envExample } from '@pokepedia/service'
import { z } from 'zod'
import { build, missingKustomize, type Resource } from './build.ts'

// That the rights are enough is shown by a run with them: npm run test:chaos -- a-run-over-tls

const settings = z.object({ data: z.record(z.string(), z.string()) })
const pod = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        containers: z.tuple([
          z.object({
            image: z.string(),
            volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string(), readOnly: z.literal(true) })),
          }),
        ]),
        volumes: z.array(
          z.object({
            name: z.string(),
            secret: z.object({
              secretName: z.string(),
              items: z.array(z.object({ key: z.string(), path: z.string() })),
            }),
          }),
        ),
      }),
    }),
  }),
})
const user = z.object({
  spec: z.object({
    authorization: z.object({
      acls: z.array(
        z.object({
          resource: z.object({ type: z.string(), name: z.string(), patternType: z.string() }),
          operations: z.array(z.string()),
        }),
      ),
    }),
  }),
})

describe('the overlay by TLS', { skip: missingKustomize ?? false }, () => {
  let resources: Resource[] = []
  const only = (kind: string, name: (name: string) => boolean): Resource => {
    const [found, ...more] = resources.filter((one) => one.kind === kind && name(one.metadata.name))
    assert.ok(found && more.length === 0, kind)
    return found
  }
  before(() => {
    resources = build('overlays/cluster-tls')
  })

  test('no address is in the clear, every setting is known, and each file that one names is mounted', () => {
    const { data } = settings.parse(only('ConfigMap', (name) => name.startsWith('pokepedia-settings')))
    const known = envExample()
    for (const name of Object.keys(data))
      if (name !== 'NODE_EXTRA_CA_CERTS')
        assert.match(known, new RegExp(`^#?${name.replace(/_FILE$/, '')}=`, 'm'), name)
    for (const value of Object.values(data)) assert.doesNotMatch(value, /http:/)
    assert.equal(data['KAFKA_TLS'], 'true')
    const files = ['NODE_EXTRA_CA_CERTS', 'KAFKA_PASSWORD_FILE'].map((name) => data[name])
    for (const service of SERVICE_NAMES) {
      const { spec } = pod.parse(only('Deployment', (name) => name === service)).spec.template
      const mounted = spec.volumes.flatMap(({ name, secret: { items } }) => {
        const mount = spec.containers[0].volumeMounts.find((one) => one.name === name)
        return items.map(({ path }) => `${mount?.mountPath}/${path}`)
      })
      for (const file of files) assert.ok(file && mounted.includes(file), `${service}: ${file}`)
      assert.ok(mounted.includes('/secrets/DATABASE_URL'), 'the other secrets are still there')
    }
    assert.deepEqual(
      resources.filter(({ kind }) => kind === 'Secret'),
      [],
    )
  })

  test('the user may read and write our topics and read with our groups, and make, alter and delete no topic', () => {
    const { acls } = user.parse(only('KafkaUser', () => true)).spec.authorization
    const of = (type: string) => acls.filter(({ resource }) => resource.type === type)
    const named = (type: string) =>
      of(type)
        .filter(({ resource }) => resource.patternType === 'literal')
        .map(({ resource }) => resource.name)
    assert.deepEqual(
      named('topic'),
      topicCatalogue(parseRetryTiers('5s,30s,5m')).map(({ name }) => name),
    )
    assert.equal(of('topic').length, named('topic').length, 'no topic by prefix')
    assert.deepEqual(named('group'), [
      ...queues.flatMap((queue) => [queue.group, retryGroup(queue)]),
      'dead-letter-index',
    ])
    for (const { operations } of of('topic'))
      assert.deepEqual(operations, ['Read', 'Write', 'Describe', 'DescribeConfigs'])
    assert.equal(of('topic').length + of('group').length, acls.length, 'and nothing of the cluster')
  })
})
