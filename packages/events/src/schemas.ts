import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry'
import { errors, messageOf } from '@pokepedia/errors'
import { z } from 'zod'
import { boundedType } from './bounded-array.ts'
import { changesTopic, type EventTopic, ingestQueue, spritesQueue, subjectOf } from './queues.ts'
import type { ResourceChanged } from './resource-changed.ts'
import type { ResourceRequested } from './resource-requested.ts'
import type { SpriteRequested } from './sprite-requested.ts'

/** Reads values in the Confluent wire format with this build's own schema, whatever version wrote them. */
export interface AvroReader {
  /** Throws `undecodable`, or `registry_unavailable` when a schema id is new and the registry does not answer. */
  read(value: Buffer): Promise<unknown>
}

/** Writes values in the Confluent wire format: magic byte 0, schema id as 4 bytes big endian, Avro binary. */
export interface AvroWriter<Event> {
  write(event: Event): Promise<Buffer>
}

export interface Schemas {
  reader(topic: EventTopic): AvroReader
  /** Registers this build's schema under `<topic>-value`, BACKWARD_TRANSITIVE; throws `schema_incompatible` (fatal). */
  resourceWriter(): Promise<AvroWriter<ResourceRequested>>
  spriteWriter(): Promise<AvroWriter<SpriteRequested>>
  changeWriter(): Promise<AvroWriter<ResourceChanged>>
  /** Resolves when the registry answers; throws `registry_unavailable`. */
  ping(): Promise<void>
}

const REGISTER_TRIES = 10

const avroSchema = z.looseObject({ type: z.literal('record'), name: z.string(), fields: z.array(z.unknown()) })
const files = new Map([
  [ingestQueue.name, 'ResourceRequested.avsc'],
  [spritesQueue.name, 'SpriteRequested.avsc'],
  [changesTopic.name, 'ResourceChanged.avsc'],
])

/** This build's schema of a topic's events, as the text of its file in `schemas/`. */
export const schemaText = (topic: EventTopic): string =>
  readFileSync(new URL(`../../../../schemas/${files.get(topic.name)}`, import.meta.url), 'utf8')

const statusOf = (error: unknown): number | undefined => z.object({ status: z.number() }).safeParse(error).data?.status

// mappersmith, the client inside, reports a failed connection as status 400 without a body, so only the
// registry's own verdicts (404 unknown, 409 and 422 refused) are told apart; the rest means it is not there.
const registryDown = (error: unknown): boolean => {
  const status = statusOf(error)
  return status !== undefined && ![404, 409, 422].includes(status)
}

const unavailable = (url: string, cause: unknown) =>
  errors('registry_unavailable', `the schema registry at ${url} does not answer: ${messageOf(cause)}`, { cause })

/** Connects to a Confluent-compatible registry, e.g. `http://127.0.0.1:8081` or Apicurio's `…/apis/ccompat/v7`. */
export const openSchemas = (address: string): Schemas => {
  const url = address.replace(/\/+$/, '')
  const registry = new SchemaRegistry({ host: url, retry: { retries: 1, maxRetryTimeInSecs: 1 } })

  const reader = (topic: EventTopic): AvroReader => {
    // A built type, not its text: given text, the client would parse the schema anew for every record.
    const readerSchema = boundedType(schemaText(topic))
    const options = { [SchemaType.AVRO]: { readerSchema } }
    return {
      async read(value) {
        try {
          return z.unknown().parse(await registry.decode(value, options))
        } catch (error) {
          if (registryDown(error)) throw unavailable(url, error)
          const id = value.length >= 5 ? `schema id ${value.readInt32BE(1)}` : `only ${value.length} bytes`
          throw errors('undecodable', `no Avro event of ${topic.name} (${id}): ${messageOf(error)}`, { cause: error })
        }
      },
    }
  }

  // Instances that start at once race to make the subject. The registry answers 409 to all but one of them, and who comes
  // before that one has set the compatibility, which it does last, finds another.
  const register = async (schema: string, subject: string, tries: number): Promise<number> => {
    try {
      const { id } = await registry.register(
        { type: SchemaType.AVRO, schema },
        { subject, compatibility: COMPATIBILITY.BACKWARD_TRANSITIVE },
      )
      return id
    } catch (error) {
      if (registryDown(error)) throw unavailable(url, error)
      const isRace =
        statusOf(error) === 409 ||
        (error instanceof Error && error.name === 'ConfluentSchemaRegistryCompatibilityError')
      if (isRace && tries > 1) {
        await delay(Math.random() * 300)
        return register(schema, subject, tries - 1)
      }
      throw errors('schema_incompatible', `the registry refuses the schema of ${subject}: ${messageOf(error)}`, {
        cause: error,
      })
    }
  }

  const writer = async <Event extends object>(topic: EventTopic): Promise<AvroWriter<Event>> => {
    const schema = JSON.stringify(avroSchema.parse(JSON.parse(schemaText(topic))))
    const id = await register(schema, subjectOf(topic), REGISTER_TRIES)
    return { write: (event) => registry.encode(id, event) }
  }

  return {
    reader,
    resourceWriter: () => writer<ResourceRequested>(ingestQueue),
    spriteWriter: () => writer<SpriteRequested>(spritesQueue),
    changeWriter: () => writer<ResourceChanged>(changesTopic),
    async ping() {
      const answer = await fetch(`${url}/subjects`, { signal: AbortSignal.timeout(2_000) }).catch((cause: unknown) => {
        throw unavailable(url, cause)
      })
      await answer.arrayBuffer()
      if (!answer.ok) throw errors('registry_unavailable', `the schema registry at ${url} answers ${answer.status}`)
    },
  }
}
