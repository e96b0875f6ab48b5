// `node deploy/kubernetes/schemas/make.mjs`: writes kubernetes.json anew, the JSON schemas that the manifests are checked
// against, from the published sources at the versions below. Needs Go, Maven and a JDK, and downloads about 100 MB. Descriptions
// are left out; a member that a schema does not name is refused, so that a misspelt one is found.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

const VERSIONS = {
  'k8s.io/kubernetes': 'v1.34.1',
  'github.com/kedacore/keda/v2': 'v2.18.1',
  'github.com/prometheus-operator/prometheus-operator': 'v0.85.0',
  'io.strimzi:api': '0.49.0',
  'io.fabric8:crd-generator-cli': '7.5.2',
}
const KINDS = [
  'io.k8s.api.apps.v1.Deployment',
  'io.k8s.api.core.v1.ConfigMap',
  'io.k8s.api.core.v1.Namespace',
  'io.k8s.api.core.v1.Service',
  'io.k8s.api.core.v1.ServiceAccount',
  'io.k8s.api.networking.v1.NetworkPolicy',
  'io.k8s.api.policy.v1.PodDisruptionBudget',
]
const CRDS = [
  ['github.com/kedacore/keda/v2', 'config/crd/bases/keda.sh_scaledobjects.yaml'],
  [
    'github.com/prometheus-operator/prometheus-operator',
    'example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml',
  ],
  [
    'github.com/prometheus-operator/prometheus-operator',
    'example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml',
  ],
]
const STRIMZI = ['topic.KafkaTopic', 'user.KafkaUser']
/** Of Parts.java. */
const PARTS = ['Login', 'Rules', 'OfTopic', 'OfGroup']

const work = mkdtempSync(join(tmpdir(), 'pokepedia-schemas-'))
const run = (command, args) =>
  execFileSync(command, args, { cwd: work, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
const moduleFolder = (name) => JSON.parse(run('go', ['mod', 'download', '-json', `${name}@${VERSIONS[name]}`])).Dir

/** Go's patterns may be such that JavaScript does not know, as (?i). */
const isKept = (key, value) =>
  typeof value === 'object' ||
  !(/^(description|default|format)$/.test(key) || (key === 'pattern' && value.includes('(?i)')))

/** As Kubernetes' own strict decoding: no unknown members; quantities and ports may be numbers. */
const strict = (schema) => {
  if (Array.isArray(schema)) return schema.map(strict)
  if (typeof schema !== 'object' || schema === null) return schema
  const anything = schema['x-kubernetes-preserve-unknown-fields'] === true
  if (schema['x-kubernetes-int-or-string'] || schema.format === 'int-or-string') return { type: ['integer', 'string'] }
  const result = Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => !key.startsWith('x-kubernetes-') && isKept(key, value))
      .map(([key, value]) => [key, key === 'properties' ? properties(value) : strict(value)]),
  )
  if (result.properties && !('additionalProperties' in result) && !anything) result.additionalProperties = false
  return result
}
const properties = (members) =>
  Object.fromEntries(Object.entries(members).map(([name, schema]) => [name, strict(schema)]))

/** The kinds and all that they refer to. */
const kubernetes = () => {
  const { definitions } = JSON.parse(
    readFileSync(join(moduleFolder('k8s.io/kubernetes'), 'api/openapi-spec/swagger.json'), 'utf8'),
  )
  const found = {}
  const add = (name) => {
    if (name in found) return
    found[name] = strict(definitions[name])
    if (name === 'io.k8s.apimachinery.pkg.api.resource.Quantity') found[name] = { type: ['number', 'string'] }
    for (const [, other] of JSON.stringify(found[name]).matchAll(/"#\/definitions\/([^"]+)"/g)) add(other)
  }
  for (const kind of [...KINDS, 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta']) add(kind)
  const kinds = Object.fromEntries(
    KINDS.flatMap((name) =>
      definitions[name]['x-kubernetes-group-version-kind'].map(({ group, version, kind }) => [
        `${group === '' ? '' : `${group}/`}${version} ${kind}`,
        { $ref: `#/definitions/${name}` },
      ]),
    ),
  )
  return { kinds, definitions: found }
}

const custom = (text) => {
  const { spec } = parse(text)
  const { name, schema } = spec.versions.find(({ storage, served }) => storage && served !== false)
  const whole = strict(schema.openAPIV3Schema)
  const metadata = { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }
  const members = { ...whole.properties, apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata }
  return [`${spec.group}/${name} ${spec.names.kind}`, { ...whole, properties: members }]
}

/** Strimzi publishes its API as Java classes; Fabric8's generator makes a CRD of them. */
const strimzi = () => {
  const dependency = (name) => {
    const [group, artifact] = name.split(':')
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${VERSIONS[name]}</version></dependency>`
  }
  const dependencies = ['io.fabric8:crd-generator-cli', 'io.strimzi:api'].map(dependency).join('')
  writeFileSync(
    join(work, 'pom.xml'),
    `<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>b</artifactId><version>1</version><dependencies>${dependencies}</dependencies></project>`,
  )
  run('mvn', ['-q', 'dependency:copy-dependencies', '-DoutputDirectory=lib'])
  const jar = `lib/api-${VERSIONS['io.strimzi:api']}.jar`
  run('javac', ['-proc:none', '-cp', 'lib/*', '-d', 'parts', fileURLToPath(new URL('Parts.java', import.meta.url))])
  const classes = [
    ...STRIMZI.map((name) => `io.strimzi.api.kafka.model.${name}`),
    ...PARTS.map((name) => `Parts$${name}`),
  ]
  const generator = ['-cp', 'lib/*', 'io.fabric8.crd.generator.cli.CRDGeneratorCLI', '-o', '.']
  run('java', [...generator, '-cp', 'parts', '-cp', jar, ...classes])
  const made = (name) => custom(readFileSync(join(work, name), 'utf8'))
  const [login, rules, ...resources] = PARTS.map((name) => {
    const [, schema] = made(`${name.toLowerCase().replace(/s?$/, 's')}.parts-v1.yml`)
    return withoutSetters(schema.properties.spec)
  })
  const [topic, user] = STRIMZI.map((name) => made(`${name.split('.')[1].toLowerCase()}s.kafka.strimzi.io-v1.yml`))
  rules.properties.acls.items.properties.resource = { anyOf: resources }
  Object.assign(user[1].properties.spec.properties, { authentication: login, authorization: rules })
  return [topic, user]
}

/** What the generator makes of Jackson's any-setters, and of values of any type, says nothing. */
const withoutSetters = (schema) =>
  JSON.parse(
    JSON.stringify(schema, (key, value) => {
      if (key === 'properties')
        return Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'additionalProperties'))
      return key === 'additionalProperties' && value?.type === 'object' && !value.properties ? true : value
    }),
  )

const { kinds, definitions } = kubernetes()
const crds = CRDS.map(([name, file]) => custom(readFileSync(join(moduleFolder(name), file), 'utf8')))
const strimziKinds = strimzi().map(([name, schema]) => [name, withoutSetters(schema)])
rmSync(work, { recursive: true })
const schemas = {
  sources: VERSIONS,
  kinds: { ...kinds, ...Object.fromEntries([...crds, ...strimziKinds]) },
  definitions,
}
writeFileSync(new URL('kubernetes.json', import.meta.url), `${JSON.stringify(schemas)}\n`)
