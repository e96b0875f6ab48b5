# syntax=docker/dockerfile:1
# One image with the four services; the command says which: docs/docker.md.
# Any base with Node 20.19 to 24 and npm does; pin it by digest where you build: --build-arg NODE_IMAGE=node:24…@sha256:…
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY . .
RUN npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && npm run build
# What runs: compiled code without tests, types and maps, of ours and of the packages that it needs;
# their licences; migrations and schemas.
RUN mkdir /out && cp -r --parents package.json package-lock.json .npmrc LICENSE schemas \
      packages/*/package.json packages/*/dist/src packages/storage/migrations \
      services/*/package.json services/*/dist/src services/metrics/dist/page deploy/docker /out
WORKDIR /out
RUN node deploy/docker/production.mjs \
    && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error \
    && find . -type d \( -name test -o -name tests \) -prune -exec rm -r {} + \
    && find . -type f \( -name '*.map' -o -name '*.ts' -o -name '*.cts' -o -name '*.mts' -o -name '*.test.*' -o -name '*.md' \) \
      ! -iname 'licen[cs]e*' -delete \
    && rm package-lock.json .npmrc deploy/docker/production.mjs \
    && mkdir /secrets

FROM ${NODE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Pokepedia Stream" \
      org.opencontainers.image.description="Seeder, ingestor, sprite fetcher and metrics of Pokepedia Stream" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Else each of Node's threads has an arena of glibc's malloc of its own, and what it freed; see docs/decisions/031.
ENV MALLOC_ARENA_MAX=2
ENV NODE_ENV=production HTTP_HOST=0.0.0.0 HTTP_PORT=8080 REVISION=${REVISION}
WORKDIR /app
COPY --from=build /out ./
# Where a volume of secrets is mounted; a new volume takes its owner from here.
COPY --from=build --chown=10001:10001 /secrets /secrets
# Owns nothing that it runs; the root file system can be read-only.
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "deploy/docker/health.mjs"]
# Node as the first process handles SIGTERM itself and starts no children; --init (compose: init: true) reaps all the same.
ENTRYPOINT ["node"]
CMD ["services/metrics/dist/src/main.js"]
