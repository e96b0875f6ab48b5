import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { folder, generatedFiles } from '../src/generated.ts'
import { build, faultsOf, missingKustomize } from './build.ts'

const KINDS = ['Deployment', 'Service', 'ScaledObject', 'ServiceMonitor', 'PrometheusRule', 'KafkaTopic', 'KafkaUser']
const skip = missingKustomize ?? false

test('topics are those of the catalogue and rules those of Prometheus', () => {
  for (const [path, text] of Object.entries(generatedFiles()))
    assert.equal(readFileSync(`${folder}${path}`, 'utf8'), text, `${path}: run npm run kubernetes`)
})

test('every resource is valid by the schema of its kind, without a member that is none', { skip }, () => {
  for (const path of ['base', 'overlays/cluster', 'overlays/cluster-tls'])
    assert.deepEqual(build(path).flatMap(faultsOf), [], path)
})

test('a misspelt member, a wrong type and a kind without a schema are found', { skip }, () => {
  const resources = build('overlays/cluster-tls')
  for (const kind of KINDS) {
    const found = resources.find((resource) => resource.kind === kind)
    assert.ok(found, kind)
    assert.notDeepEqual(faultsOf({ ...found, spec: { ...Object(found['spec']), replica: 1 } }), [], kind)
  }
  const [topic] = resources.filter(({ kind }) => kind === 'KafkaTopic')
  assert.ok(topic)
  assert.match(faultsOf({ ...topic, spec: { partitions: 'six' } })[0] ?? '', /must be integer/)
  assert.match(faultsOf({ ...topic, kind: 'KafkaTopics' })[0] ?? '', /no schema/)
  const [user] = resources.filter(({ kind }) => kind === 'KafkaUser')
  assert.ok(user)
  const rule = { resource: { type: 'topic', name: 'a', patternType: 'literal' }, operations: ['Reed'] }
  const spec = { authorization: { type: 'simple', acls: [rule] } }
  assert.match(faultsOf({ ...user, spec })[0] ?? '', /must be equal to one of the allowed values/)
})
