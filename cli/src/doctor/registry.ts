import { changesTopic, queues, subjectOf } from '@pokepedia/events'
import { schemaText } from '@pokepedia/events/schemas'
import { z } from 'zod'
import type { StackJson } from '../stack-json.ts'
import type { Probe } from './check.ts'

const AREA = 'schema registry'
const ANSWER_MS = 5_000
const latestSchema = z.looseObject({ version: z.number(), id: z.number() })
const compatibilitySchema = z.looseObject({ is_compatible: z.boolean() })
const levelSchema = z.looseObject({ compatibilityLevel: z.string() })

/** Each subject is there, as compatible as we want it, and takes this build's schema. */
export const registryProbes = ({ schemaRegistry }: StackJson): Probe[] => {
  const root = schemaRegistry.replace(/\/$/, '')
  const ask = async (path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${root}${path}`, {
      signal: AbortSignal.timeout(ANSWER_MS),
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    })
    if (answer.status === 404) throw new Error('not registered')
    if (!answer.ok) throw new Error(`GET ${path} answers ${answer.status}`)
    return answer.json()
  }
  return [...queues, changesTopic].map((topic) => {
    const subject = subjectOf(topic)
    return {
      area: AREA,
      name: `subject ${subject}`,
      todo: 'a service that produces registers it when it starts; see that SCHEMA_REGISTRY_URL is the Confluent API (Apicurio: …/apis/ccompat/v7)',
      async look() {
        const { version, id } = latestSchema.parse(await ask(`/subjects/${subject}/versions/latest`))
        const { compatibilityLevel } = levelSchema.parse(await ask(`/config/${subject}`))
        if (compatibilityLevel !== 'BACKWARD_TRANSITIVE')
          throw new Error(`its compatibility is ${compatibilityLevel}, wanted is BACKWARD_TRANSITIVE`)
        const schema = { schemaType: 'AVRO', schema: schemaText(topic) }
        const path = `/compatibility/subjects/${subject}/versions/latest`
        if (!compatibilitySchema.parse(await ask(path, schema)).is_compatible)
          throw new Error(`this build’s schema is not compatible with version ${version}`)
        return `version ${version}, id ${id}, ${compatibilityLevel}; takes this build’s schema`
      },
    }
  })
}
