import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Deployment, type DeploymentOptions, startDeployment } from '@pokepedia/cli'
import { createLog } from '@pokepedia/service'
import { migrate, openStore, type Store } from '@pokepedia/storage'
import { z } from 'zod'
import { interruption } from './interrupt.ts'
import { type Contestant, type Measurement, type RoundsOptions, runRounds } from './rounds.ts'

const log = createLog('bench', 'silent')

const requestCounts = z.object({ json: z.number(), media: z.number() })

/** A deployment of its own, with the databases of the contestants in its Postgres. */
export interface Arena extends AsyncDisposable {
  readonly deployment: Deployment
  /** The deployment's own database. */
  readonly store: Store
  /** Another database in the same server, migrated. */
  database(name: string): Promise<{ url: string; store: Store }>
  /** Requests for documents and lists that the upstream has had. */
  requests(): Promise<number>
}

export type ArenaOptions = Omit<DeploymentOptions, 'directory' | 'upstream'> & { readonly data: string }

/** Starts a deployment whose upstream serves a directory of api-data. */
export const openArena = async (options: ArenaOptions): Promise<Arena> => {
  const { data, ...rest } = options
  const directory = await mkdtemp(join(tmpdir(), 'pokepedia-bench-'))
  const remove = () => rm(directory, { recursive: true, force: true })
  const upstream = { kind: 'directory', directory: data } as const
  const deployment = await startDeployment({ ...rest, directory, upstream, killSignal: interruption }).catch(
    async (error: unknown) => {
      await remove()
      throw error
    },
  )
  const stores: Store[] = []
  const open = (url: string): Store => {
    const store = openStore({ url, poolSize: 10 }, log)
    stores.push(store)
    return store
  }
  const store = open(deployment.stack.postgres)
  return {
    deployment,
    store,
    async database(name) {
      await store.query('making a database', `create database ${name}`)
      const url = new URL(deployment.stack.postgres)
      url.pathname = `/${name}`
      await migrate(url.href, log)
      return { url: url.href, store: open(url.href) }
    },
    async requests() {
      const answer = await fetch(new URL('/__requests', deployment.stack.upstream))
      return requestCounts.parse(await answer.json()).json
    },
    async [Symbol.asyncDispose]() {
      for (const one of stores) await one[Symbol.asyncDispose]()
      await deployment.stop()
      await remove()
    },
  }
}

/** Measures contestants in turns, with the processes and the upstream of an arena. */
export const roundsIn = (
  { deployment, requests }: Arena,
  contestants: readonly Contestant[],
  { rounds, say }: Pick<RoundsOptions, 'rounds' | 'say'>,
): Promise<Map<string, Measurement[]>> => runRounds(contestants, { rounds, pids: () => deployment.pids, requests, say })

/** The tables that hold the copy, in the order in which they are loaded. */
export const COPY_TABLES = [
  'pokeapi_resources',
  'pokepedia_resource_checks',
  'pokepedia_asset_references',
  'pokepedia_pokemon',
]
const RUN_TABLES = ['pokepedia_run_ledger', 'pokepedia_runs']

/** Empties the tables of the copy and of the runs, and leaves no dirty page for the next round to write. */
export const emptyTables = async (store: Store): Promise<void> => {
  await store.query('emptying', `truncate ${[...COPY_TABLES, ...RUN_TABLES].join(', ')}`)
  await store.query('checkpoint', 'checkpoint')
}

const countRows = z.tuple([z.object({ n: z.number() })])

/** How many documents a database holds. */
export const documentsIn = async (store: Store): Promise<number> =>
  countRows.parse(await store.query('counting', 'select count(*)::int as n from pokeapi_resources'))[0].n
