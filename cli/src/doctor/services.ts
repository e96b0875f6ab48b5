import { z } from 'zod'
import { SERVICE_NAMES, type ServiceName, type StackJson } from '../stack-json.ts'
import type { Probe } from './check.ts'

const ANSWER_MS = 6_000

const readySchema = z.looseObject({
  ok: z.boolean(),
  checks: z.array(z.looseObject({ name: z.string(), ok: z.boolean(), detail: z.string().optional() })),
})

const get = (url: string, init: RequestInit = {}): Promise<Response> =>
  fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_MS) })

const readiness = (service: ServiceName, url: string): Probe => ({
  area: 'services',
  name: `${service} is ready`,
  todo: `see that ${service} runs at ${url}; its log names what it waits for`,
  async look() {
    const answer = await get(`${url}/readyz`)
    const { ok, checks } = readySchema.parse(await answer.json())
    const failing = checks.filter((check) => !check.ok).map(({ name, detail }) => `${name}: ${detail ?? 'failed'}`)
    if (!ok) throw new Error(failing.join('; '))
    return checks.map(({ name }) => name).join(', ')
  },
})

const metrics = (service: ServiceName, url: string): Probe => ({
  area: 'services',
  name: `${service} serves metrics`,
  todo: `Prometheus scrapes ${url}/metrics`,
  async look() {
    const answer = await get(`${url}/metrics`)
    const text = await answer.text()
    if (!answer.ok) throw new Error(`GET /metrics answers ${answer.status}`)
    if (!/^pokepedia_build_info\{/m.test(text)) throw new Error('GET /metrics has no pokepedia_build_info')
    return `${text.split('\n').filter((line) => /^[a-z]/.test(line)).length} series`
  },
})

/** A change that is refused for its body: nothing happens, and a token that is not accepted is told first. */
const HARMLESS = {
  seeder: { path: '/v1/seed', body: '{"types":[]}' },
  metrics: { path: '/v1/groups/none/resume', body: '{}' },
} as const

const token = (service: keyof typeof HARMLESS, { services, token: bearer }: StackJson): Probe => ({
  area: 'services',
  name: `${service} accepts the token`,
  todo: 'give API_TOKEN (of the services) to this command as well',
  async look() {
    const { path, body } = HARMLESS[service]
    const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' }
    const answer = await get(`${services[service].url}${path}`, { method: 'POST', headers, body })
    if (answer.status === 401) throw new Error('the token is refused')
    if (answer.status >= 500) throw new Error(`answers ${answer.status}`)
    return 'yes'
  },
})

const schedulesSchema = z.looseObject({
  schedules: z.array(z.looseObject({ name: z.string(), enabled: z.boolean(), nextAt: z.string().nullable() })),
})

const schedules = (url: string): Probe => ({
  area: 'services',
  name: 'schedules',
  todo: 'see GET /v1/schedules of the seeder and its log',
  async look() {
    const answer = await get(`${url}/v1/schedules`)
    if (!answer.ok) throw new Error(`GET /v1/schedules answers ${answer.status}`)
    const { schedules: found } = schedulesSchema.parse(await answer.json())
    const on = found.filter(({ enabled }) => enabled)
    const waiting = on.filter(({ nextAt }) => nextAt === null)
    if (waiting.length > 0) throw new Error(`never due: ${waiting.map(({ name }) => name).join(', ')}`)
    return on.length === 0
      ? 'none; runs are asked for by hand'
      : on.map((one) => `${one.name} at ${one.nextAt}`).join(', ')
  },
})

const upstream = (url: string): Probe => ({
  area: 'upstream',
  name: url,
  todo: 'see that UPSTREAM_URL is the root of the API and that it is up; work waits until it is',
  async look() {
    const answer = await get(url, { headers: { accept: 'application/json' } })
    if (!answer.ok) throw new Error(`answers ${answer.status}`)
    return `lists ${Object.keys(z.record(z.string(), z.unknown()).parse(await answer.json())).length} types`
  },
})

/** Readiness and metrics of each service, the token, the schedules, and the upstream they copy. */
export const serviceProbes = (stack: StackJson, withToken: boolean): Probe[] => {
  const urlOf = (service: ServiceName): string => stack.services[service].url
  return [
    ...SERVICE_NAMES.map((service) => readiness(service, urlOf(service))),
    ...SERVICE_NAMES.map((service) => metrics(service, urlOf(service))),
    ...(withToken ? [token('seeder', stack), token('metrics', stack)] : []),
    schedules(urlOf('seeder')),
    upstream(stack.upstream),
  ]
}
