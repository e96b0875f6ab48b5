import { errors } from '@pokepedia/errors'
import type { Agent } from 'undici'
import { upstreamFailure } from './upstream-failure.ts'

export interface UpstreamProbeParts {
  /** Its own: in the pool of the requests a probe would wait behind those that hang. */
  readonly agent: Agent
  readonly userAgent: string
  /** What is asked of the API's own host, and while no host is suspected. */
  readonly root: URL | undefined
}

/** Asks the hosts whose requests have failed whether they are there. */
export interface UpstreamProbe {
  /** A request to this host failed in a way that an outage could explain. */
  suspect(url: URL): void
  /**
   * Resolves when every suspected host answers with a status below 500, be it a refusal; each is trusted again then.
   * Rejects with `http_<status>`, `upstream_unavailable`, `reset` or `timeout`, or with the signal's reason.
   */
  probe(signal: AbortSignal): Promise<void>
}

/** A host that fails one request in ten is there: it is only away when it fails so many in a row. */
const TRIES = 4
const DUMPED_BYTES = 65_536

/** Makes the probe; it follows no redirect, a host that redirects is there. */
export const createUpstreamProbe = ({ agent, userAgent, root }: UpstreamProbeParts): UpstreamProbe => {
  const suspects = new Set<string>()

  const ask = async (url: URL, signal: AbortSignal): Promise<void> => {
    try {
      const { statusCode, body } = await agent.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: 'GET',
        headers: { accept: '*/*', 'user-agent': userAgent },
        signal,
      })
      await body.dump({ limit: DUMPED_BYTES, signal }).catch(() => undefined)
      if (statusCode >= 500) throw errors(`http_${statusCode}`, `GET ${url.href}: the host answered ${statusCode}`)
    } catch (thrown) {
      throw upstreamFailure(thrown, url.href, 'answer') ?? thrown
    }
  }

  const askRepeatedly = async (url: URL, signal: AbortSignal): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await ask(url, signal)
      } catch (error) {
        if (tries === TRIES || signal.aborted) throw error
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
