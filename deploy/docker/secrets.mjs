// Runs once before the others: writes the secrets that are not there yet into the volume they share. A secret that is
// given in the environment (.env) replaces the one in the volume; Postgres and MinIO keep what their volumes began with.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const directory = '/secrets'
const secret = (name, given) => {
  const file = `${directory}/${name}`
  const value = given || (existsSync(file) ? readFileSync(file, 'utf8') : randomBytes(24).toString('hex'))
  writeFileSync(file, value, { mode: 0o444 })
  return value
}

const { API_TOKEN, POSTGRES_PASSWORD, S3_SECRET_KEY, GRAFANA_PASSWORD } = process.env
secret('api-token', API_TOKEN)
secret('s3-secret-key', S3_SECRET_KEY)
secret('grafana-password', GRAFANA_PASSWORD)
const password = encodeURIComponent(secret('postgres-password', POSTGRES_PASSWORD))
secret('database-url', `postgres://pokepedia:${password}@postgres:5432/pokepedia`)
console.log(`the secrets are in the volume: ${directory}`)
