import { classify, errors } from '@pokepedia/errors'
import { type RequestHandler, Router } from 'express'
import { Gauge, type Registry } from 'prom-client'
import { scrub } from '../telemetry/scrub.ts'

/** A dependency that a process can't work without; rejects when it does not answer. */
export interface Check {
  readonly name: string
  check(): Promise<void>
}

/** What `/readyz` says of one check. */
export interface CheckResult {
  readonly name: string
  readonly ok: boolean
  readonly code?: string
  readonly detail?: string
}

const CHECK_LIMIT_MS = 2_000
/** Probes, dashboards and people together ask a dependency once in this time. */
const KEPT_MS = 2_000

const within = (check: Check): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(errors('timeout', `no answer within ${CHECK_LIMIT_MS} ms`)), CHECK_LIMIT_MS)
  })
  return Promise.race([check.check(), late]).finally(() => clearTimeout(timer))
}

const resultOf = async (check: Check): Promise<CheckResult> => {
  try {
    await within(check)
    return { name: check.name, ok: true }
  } catch (thrown) {
    const { code, message } = classify(thrown)
    return { name: check.name, ok: false, code, detail: scrub(message).slice(0, 500) }
  }
}

/** Runs all checks side by side, each for 2 s at most; an answer is kept for 2 s. */
export const createReadiness = (checks: readonly Check[]): (() => Promise<CheckResult[]>) => {
  let running: Promise<CheckResult[]> | undefined
  let startedMs = 0
  return () => {
    const nowMs = performance.now()
    if (running && nowMs - startedMs < KEPT_MS) return running
    startedMs = nowMs
    running = Promise.all(checks.map(resultOf))
    return running
  }
}

/**
 * `pokepedia_dependency_up{dependency}`: what the checks said last. A scrape asks for the next answer and does not wait
 * for it, so a dependency that hangs never makes the scrape slow; what is shown is as old as the scrape before.
 */
const createDependencyUp = (registry: Registry, readiness: () => Promise<CheckResult[]>): void => {
  let last: readonly CheckResult[] = []
  const ask = (): void =>
    void readiness().then((results) => {
      last = results
    })
  new Gauge({
    name: 'pokepedia_dependency_up',
    help: '1 when the dependency answered the check of /readyz',
    labelNames: ['dependency'] as const,
    registers: [registry],
    collect() {
      ask()
      for (const { name, ok } of last) this.set({ dependency: name }, ok ? 1 : 0)
    },
  })
}

const asText = (results: readonly CheckResult[], ok: boolean): string => {
  const lines = results.map((one) =>
    one.ok ? `[+] ${one.name} ok` : `[-] ${one.name} failed: ${one.code}: ${one.detail}`,
  )
  return `${[...lines, `readyz ${ok ? 'ok' : 'failed'}`].join('\n')}\n`
}

export interface HealthOptions {
  readonly checks: readonly Check[]
  readonly registry: Registry
  /** Says why the process should be restarted; undefined while it is well. */
  readonly alive?: () => string | undefined
  /** Further members of the readiness answer. */
  readonly readyExtra?: () => object
}

/** `/livez`, `/readyz` and `/metrics`. */
export const healthRoutes = ({ checks, registry, alive, readyExtra }: HealthOptions): Router => {
  const readiness = createReadiness(checks)
  createDependencyUp(registry, readiness)
  const livez: RequestHandler = (_request, response) => {
    const detail = alive?.()
    response.status(detail === undefined ? 200 : 503).json(detail === undefined ? { ok: true } : { ok: false, detail })
  }
  const readyz: RequestHandler = async (request, response) => {
    const results = await readiness()
    const ok = results.every((result) => result.ok)
    response.status(ok ? 200 : 503).setHeader('cache-control', 'no-store')
    if ('verbose' in request.query) response.type('text/plain').send(asText(results, ok))
    else response.json({ ok, checks: results, ...readyExtra?.() })
  }
  const metrics: RequestHandler = async (_request, response) => {
    response.setHeader('content-type', registry.contentType)
    response.end(await registry.metrics())
  }
  return Router().get('/livez', livez).get('/readyz', readyz).get('/metrics', metrics)
}
