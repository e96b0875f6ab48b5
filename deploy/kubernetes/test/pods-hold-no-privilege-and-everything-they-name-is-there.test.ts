import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { SERVICE_NAMES } from '@pokepedia/cli'
import { queues } from '@pokepedia/events'
import { envExample } from '@pokepedia/service'
import { z } from 'zod'
import { build, missingKustomize, type Resource } from './build.ts'

const labels = z.record(z.string(), z.string())
const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) })
const container = z.object({
  image: z.string().regex(/^pokepedia-stream:(?!latest)/),
  args: z.array(z.string()),
  env: z.array(z.object({ name: z.string(), value: z.string() })),
  envFrom: z.array(z.object({ configMapRef: z.object({ name: z.string() }) })),
  ports: z.array(z.object({ name: z.literal('http'), containerPort: z.literal(8080) })),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  lifecycle: z.object({ preStop: z.object({ sleep: z.object({ seconds: z.number() }) }) }).optional(),
  resources: z.object({
    requests: z.object({ cpu: z.string(), memory: z.string() }),
    limits: z.object({ memory: z.string() }),
  }),
  securityContext: z.object({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.object({ drop: z.tuple([z.literal('ALL')]) }),
  }),
})
/** The pods as they must be: parsing fails otherwise. */
const deployment = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    replicas: z.number().optional(),
    selector: z.object({ matchLabels: labels }),
    template: z.object({
      metadata: z.object({ labels }),
      spec: z.object({
        automountServiceAccountToken: z.literal(false),
        enableServiceLinks: z.literal(false),
        serviceAccountName: z.string(),
        terminationGracePeriodSeconds: z.number(),
        securityContext: z.object({
          runAsNonRoot: z.literal(true),
          runAsUser: z.literal(10001),
          seccompProfile: z.object({ type: z.literal('RuntimeDefault') }),
        }),
        topologySpreadConstraints: z.array(z.object({ labelSelector: z.object({ matchLabels: labels }) })).length(2),
        containers: z.tuple([container]),
        volumes: z.array(
          z.object({
            secret: z.object({
              secretName: z.literal('pokepedia-secrets'),
              items: z.array(z.object({ key: z.string(), path: z.string() })),
            }),
          }),
        ),
      }),
    }),
  }),
})
const configMap = z.object({ metadata: z.object({ name: z.string() }), data: labels })
const scaledObject = z.object({
  spec: z.object({
    scaleTargetRef: z.object({ name: z.string() }),
    minReplicaCount: z.number().min(1),
    maxReplicaCount: z.number(),
    triggers: z.tuple([z.object({ metadata: z.object({ query: z.string() }) })]),
  }),
})
const selecting = z.object({ spec: z.object({ selector: labels.or(z.object({ matchLabels: labels })) }) })

/** The service has stopped on SIGTERM after 12 s, whatever hangs. */
const CLOSE_LIMIT_S = 12

describe('the manifests', { skip: missingKustomize ?? false }, () => {
  let resources: Resource[] = []
  const ofKind = (kind: string): Resource[] => resources.filter((one) => one.kind === kind)
  const deployments = () => ofKind('Deployment').map((one) => deployment.parse(one))
  before(() => {
    resources = build('overlays/cluster')
  })

  test('the four services run without privileges, with limits and spread', () => {
    assert.deepEqual(
      deployments()
        .map(({ metadata }) => metadata.name)
        .toSorted(),
      [...SERVICE_NAMES].toSorted(),
    )
    for (const { metadata, spec } of deployments()) {
      // What holds documents or files marks its heap less often: docs/decisions/030-heap-of-a-service.md.
      const flags = ['ingestor', 'sprite-fetcher'].includes(metadata.name) ? ['--heap-growing-percent=300'] : []
      assert.deepEqual(spec.template.spec.containers[0].args, [...flags, `services/${metadata.name}/dist/src/main.js`])
    }
  })

  test('a pod has the time that a service needs to stop', () => {
    for (const { spec } of deployments()) {
      const [{ lifecycle }] = spec.template.spec.containers
      const sleep = lifecycle?.preStop.sleep.seconds ?? 0
      assert.ok(spec.template.spec.terminationGracePeriodSeconds > CLOSE_LIMIT_S + sleep)
    }
  })

  test('probes ask the health routes; the page stays while a dependency is away', () => {
    for (const { metadata, spec } of deployments()) {
      const [{ startupProbe, livenessProbe, readinessProbe }] = spec.template.spec.containers
      assert.equal(startupProbe.httpGet.path, '/livez')
      assert.equal(livenessProbe.httpGet.path, '/livez')
      assert.equal(readinessProbe.httpGet.path, metadata.name === 'metrics' ? '/livez' : '/readyz')
    }
  })

  test('every setting is known; secrets come by reference, each service its own', () => {
    const known = envExample()
    const maps = new Map(ofKind('ConfigMap').map((one) => [one.metadata.name, configMap.parse(one).data]))
    const isKnown = (name: string): void => assert.match(known, new RegExp(`^#?${name}=`, 'm'), name)
    for (const { spec } of deployments()) {
      const [{ env, envFrom }] = spec.template.spec.containers
      for (const { configMapRef } of envFrom) {
        const data = maps.get(configMapRef.name)
        assert.ok(data, configMapRef.name)
        for (const name of Object.keys(data)) isKnown(name)
      }
      const items = spec.template.spec.volumes.flatMap(({ secret }) => secret.items)
      const files = env.filter(({ name }) => name !== 'NODE_OPTIONS')
      assert.deepEqual(
        files.map(({ name, value }) => [name, value]),
        items.map(({ key, path }) => [`${key}_FILE`, `/secrets/${path}`]),
      )
      for (const { key } of items) isKnown(key)
    }
    assert.deepEqual(ofKind('Secret'), [])
  })

  test('what selects pods selects those of one service', () => {
    const pods = deployments().map(({ metadata, spec }) => ({
      name: metadata.name,
      has: spec.template.metadata.labels,
    }))
    for (const kind of ['Deployment', 'Service', 'PodDisruptionBudget'])
      for (const name of SERVICE_NAMES) {
        const found = ofKind(kind).find(({ metadata }) => metadata.name === name)
        const { selector } = selecting.parse(found).spec
        const wanted = labels.parse('matchLabels' in selector ? selector['matchLabels'] : selector)
        const selected = pods.filter(({ has }) => Object.entries(wanted).every(([key, value]) => has[key] === value))
        assert.deepEqual(
          selected.map((pod) => pod.name),
          [name],
          `${kind} ${name}`,
        )
      }
  })

  test('autoscaling counts what is ready alone, and stays within the partitions', () => {
    const objects = ofKind('ScaledObject').map((one) => scaledObject.parse(one).spec)
    assert.deepEqual(
      objects.map(({ scaleTargetRef }) => scaleTargetRef.name),
      queues.map(({ group }) => group),
    )
    for (const [i, { maxReplicaCount, scaleTargetRef, triggers }] of objects.entries()) {
      const queue = queues[i]
      assert.ok(queue)
      assert.equal(maxReplicaCount, queue.partitions)
      assert.equal(triggers[0].metadata.query, `max(pokepedia_queue_depth{queue="${queue.name}",state="ready"})`)
      // Else each apply would undo what the autoscaler did.
      const target = deployments().find(({ metadata }) => metadata.name === scaleTargetRef.name)
      assert.equal(target?.spec.replicas, undefined)
    }
  })
})
