import { isPipelineError } from '@pokepedia/errors'
import type { Agent } from 'undici'
import type { UpstreamBudgets } from '../host-budgets/upstream-budgets.ts'
import { statusError } from './upstream-exchange.ts'
import { upstreamFailure } from './upstream-failure.ts'

export interface UpstreamProbeParts {
  /** Its own: in the pool of the requests a probe would wait behind those that hang. */
  readonly agent: Agent
  readonly userAgent: string
  readonly budgets: UpstreamBudgets
  /** What is asked of the API's own host, and while no host is suspected. */
  readonly root: URL | undefined
}

/** Asks the hosts whose requests have failed whether they are there. */
export interface UpstreamProbe {
  /** A request to this host failed in a way that an outage could explain. */
  suspect(url: URL): void
  /**
   * Resolves when every suspected host answers with a status below 500 that is not 429, be it a refusal; each is trusted
   * again then. Rejects with `http_<status>`, `upstream_unavailable`, `reset` or `timeout`, with the signal's reason, and
   * without a request with `host_silent`.
   */
  probe(signal: AbortSignal): Promise<void>
}

/** A host that fails one request in ten is there: it is only away when it fails so many in a row. */
const TRIES = 4
const DUMPED_BYTES = 65_536

/** Makes the probe; it follows no redirect, a host that redirects is there. */
export const createUpstreamProbe = ({ agent, userAgent, budgets, root }: UpstreamProbeParts): UpstreamProbe => {
  const suspects = new Set<string>()

  const ask = async (url: URL, signal: AbortSignal): Promise<void> => {
    try {
      const { statusCode, headers, body } = await agent.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: 'GET',
        headers: { accept: '*/*', 'user-agent': userAgent },
        signal,
      })
      await body.dump({ limit: DUMPED_BYTES, signal }).catch(() => undefined)
      if (statusCode >= 500 || statusCode === 429) throw statusError(statusCode, headers, url.href)
    } catch (thrown) {
      throw upstreamFailure(thrown, url.href, 'answer') ?? thrown
    }
  }

  const askRepeatedly = async (url: URL, signal: AbortSignal): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      try {
        // Before those that wait for their turn: they wait for the answer as well.
        return await budgets.spend(url, { signal, first: true }, () => ask(url, signal))
      } catch (error) {
        const isSilent = isPipelineError(error) && error.code === 'host_silent'
        if (tries === TRIES || signal.aborted || isSilent) throw error
      }
    }
  }

  const askOrigin = async (origin: string, signal: AbortSignal): Promise<void> => {
    await askRepeatedly(root?.origin === origin ? root : new URL(origin), signal)
    suspects.delete(origin)
  }

  return {
    suspect: ({ origin }) => void suspects.add(origin),
    async probe(signal) {
      if (suspects.size > 0) await Promise.all([...suspects].map((origin) => askOrigin(origin, signal)))
      else if (root) await askRepeatedly(root, signal)
    },
  }
}
