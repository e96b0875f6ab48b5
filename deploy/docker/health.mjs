// The image's HEALTHCHECK: healthy while /readyz of the service says 200.
const { HTTP_HOST = '0.0.0.0', HTTP_PORT = '8080' } = process.env
const url = `http://${HTTP_HOST === '0.0.0.0' ? '127.0.0.1' : HTTP_HOST}:${HTTP_PORT}/readyz`
const answer = await fetch(url, { signal: AbortSignal.timeout(4_000) }).catch(() => undefined)
process.exit(answer?.ok ? 0 : 1)
