import type pg from 'pg'

/** What every connection to Postgres has in common. */
export const clientOptions = (url: string): pg.ClientConfig => ({
  connectionString: url,
  application_name: 'pokepedia',
  connectionTimeoutMillis: 10_000,
  keepAlive: true,
  // An offset is committed once Postgres has answered, so the answer must survive a crash of Postgres, whatever the
  // server's own setting.
  options: '-c synchronous_commit=on',
})
