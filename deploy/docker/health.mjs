// The image's HEALTHCHECK: healthy while /readyz of the service says 200.
const url = `http://127.0.0.1:${process.env.HTTP_PORT ?? '8080'}/readyz`
const answer = await fetch(url, { signal: AbortSignal.timeout(4_000) }).catch(() => undefined)
process.exit(answer?.ok ? 0 : 1)
