import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { folder } from '../src/generated.ts'

const builders = [
  { command: 'kustomize', version: ['version'], build: ['build'] },
  { command: 'kubectl', version: ['version', '--client'], build: ['kustomize'] },
]
const builder = builders.find(({ command, version }) => spawnSync(command, version).status === 0)

/** Why tests that build the manifests are skipped; undefined where kustomize is found. */
export const missingKustomize =
  builder === undefined
    ? 'neither kubectl nor kustomize is on PATH; go install sigs.k8s.io/kustomize/kustomize/v5@latest'
    : undefined

const resourceSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
})
/** A manifest, with what all of them have. */
export type Resource = z.infer<typeof resourceSchema>

/** What kustomize makes of a folder. */
export const build = (path: string): Resource[] => {
  assert.ok(builder)
  const { status, stdout, stderr } = spawnSync(builder.command, [...builder.build, `${folder}${path}`], {
    encoding: 'utf8',
  })
  assert.equal(status, 0, stderr)
  return parseAllDocuments(stdout).map((document) => resourceSchema.parse(document.toJS()))
}

const schemasSchema = z.object({
  kinds: z.record(z.string(), z.unknown()),
  definitions: z.record(z.string(), z.unknown()),
})
const { kinds, definitions } = schemasSchema.parse(
  JSON.parse(readFileSync(`${folder}schemas/kubernetes.json`, 'utf8')) as unknown,
)
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false })
const validators = new Map<string, ValidateFunction>()

/** What is wrong with a manifest by the schema of its kind. */
export const faultsOf = (resource: Resource): string[] => {
  const type = `${resource.apiVersion} ${resource.kind}`
  const schema = kinds[type]
  if (schema === undefined) return [`${type}: no schema; see schemas/make.mjs`]
  const validate = validators.get(type) ?? ajv.compile({ ...Object(schema), definitions })
  validators.set(type, validate)
  const isValid: boolean = validate(resource)
  if (isValid) return []
  const text = ({ instancePath, message, params }: ErrorObject): string =>
    `${resource.kind} ${resource.metadata.name}${instancePath} ${message} ${JSON.stringify(params)}`
  return (validate.errors ?? []).map(text)
}
