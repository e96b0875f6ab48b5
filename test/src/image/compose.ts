import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { z } from 'zod'

const file = fileURLToPath(new URL('../../../../docker-compose.yml', import.meta.url))

/**
 * A service of ours as docker-compose.yml has it. Strict: a key that is added there has to be given to podman here, or
 * be listed as one that is not: `build` and `healthcheck` are the image's, `ports` and `depends_on` another network's,
 * `restart` and `logging` the daemon's.
 */
const serviceSchema = z.strictObject({
  image: z.string(),
  build: z.unknown().optional(),
  command: z.array(z.string()),
  environment: z.record(z.string(), z.string()),
  init: z.literal(true),
  read_only: z.literal(true),
  cap_drop: z.array(z.string()),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  tmpfs: z.array(z.string()),
  volumes: z.array(z.string()),
  deploy: z.strictObject({
    resources: z.strictObject({ limits: z.strictObject({ cpus: z.string(), memory: z.string() }) }),
  }),
  stop_grace_period: z.string().regex(/^[0-9]+s$/),
  network_mode: z.literal('none').optional(),
  healthcheck: z.strictObject({ disable: z.literal(true) }).optional(),
  depends_on: z.unknown().optional(),
  ports: z.unknown().optional(),
  restart: z.string(),
  logging: z.unknown().optional(),
})
export type ComposeService = z.infer<typeof serviceSchema>

/** `${NAME:-default}` as compose reads it: the default for an empty one, too. */
const filledIn = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(/\$\{(\w+):-([^}]*)\}/g, (_, name: string, otherwise: string) => values[name] || otherwise)

/** The named services of docker-compose.yml, with the values of a `.env`. */
export const readCompose = <Name extends string>(
  names: readonly Name[],
  values: Readonly<Record<string, string>>,
): Record<Name, ComposeService> => {
  const fill = (_: unknown, value: unknown): unknown => (typeof value === 'string' ? filledIn(value, values) : value)
  const document: unknown = parse(readFileSync(file, 'utf8'), fill, { merge: true })
  const { services } = z.object({ services: z.record(z.string(), z.unknown()) }).parse(document)
  return Object.fromEntries(names.map((name) => [name, serviceSchema.parse(services[name])])) as Record<
    Name,
    ComposeService
  >
}

/** What `podman run` is told for it; `environment` is added to its own. */
export const podmanRun = (
  name: string,
  service: ComposeService,
  hosts: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>>,
): string[] => {
  const { cpus, memory } = service.deploy.resources.limits
  return [
    ...['run', '--name', name, '--pull=never', '--init', '--read-only', '--read-only-tmpfs=false'],
    ...['--security-opt', 'no-new-privileges', '--cpus', cpus, '--memory', memory.toLowerCase()],
    ...['--stop-timeout', String(Number.parseInt(service.stop_grace_period, 10))],
    ...service.cap_drop.flatMap((capability) => ['--cap-drop', capability]),
    ...service.tmpfs.flatMap((path) => ['--tmpfs', path]),
    ...service.volumes.flatMap((volume) => ['--volume', volume]),
    ...(service.network_mode === undefined
      ? Object.entries(hosts).flatMap(([host, address]) => ['--add-host', `${host}:${address}`])
      : ['--network', service.network_mode]),
    ...Object.entries({ ...service.environment, ...environment }).flatMap(([key, value]) => [
      '--env',
      `${key}=${value}`,
    ]),
    service.image,
    ...service.command,
  ]
}
