import { nodePrerequisite, type Prerequisite, prerequisites } from '@pokepedia/stack'
import { environmentAsFarAsKnown, environmentNamesOne } from '../environment.ts'
import { localStack, type StackJson } from '../stack-json.ts'
import type { Layout } from '../up/layout.ts'
import type { Check, Probe } from './check.ts'
import { runProbes } from './check.ts'
import { kafkaProbes } from './kafka.ts'
import { objectStoreProbes } from './object-store.ts'
import { postgresProbes } from './postgres.ts'
import { registryProbes } from './registry.ts'
import { serviceProbes } from './services.ts'

const machineCheck = ({ name, fault }: Prerequisite): Check => {
  const place = { area: 'this machine', name }
  return fault === undefined
    ? { ...place, ok: true, detail: '' }
    : { ...place, ok: false, detail: fault, todo: 'install it, then `npm start`' }
}

const machine = (look: () => Promise<readonly Prerequisite[]>): Probe => ({
  area: 'this machine',
  name: 'prerequisites',
  todo: 'install Node, a JDK and Maven',
  look: async () => (await look()).map(machineCheck),
})

/** Which part of a deployment can't be looked at when a variable is absent or malformed. */
const PART_OF: readonly (readonly [RegExp, 'kafka' | 'registry' | 'postgres' | 'objects' | 'services' | 'token'])[] = [
  [/^KAFKA_/, 'kafka'],
  [/^SCHEMA_REGISTRY_/, 'registry'],
  [/^DATABASE_/, 'postgres'],
  [/^S3_/, 'objects'],
  [/_URL$/, 'services'],
  [/^API_TOKEN$/, 'token'],
]

const partProbes = (stack: StackJson, retryTiers: string, faulty: ReadonlySet<string>): Probe[] => [
  ...(faulty.has('kafka') ? [] : kafkaProbes(stack, retryTiers)),
  ...(faulty.has('registry') ? [] : registryProbes(stack)),
  ...(faulty.has('postgres') ? [] : postgresProbes(stack)),
  ...(faulty.has('objects') ? [] : objectStoreProbes(stack)),
  ...(faulty.has('services') ? [] : serviceProbes(stack, !faulty.has('token'))),
]

/**
 * Looks at everything a deployment needs: the one that runs in the directory, or else the one that the environment
 * names. Changes nothing but an object of its own, which it removes.
 */
export const examine = async (layout: Layout, retryTiers: string, env: NodeJS.ProcessEnv): Promise<Check[]> => {
  const stack = await localStack(layout)
  if (stack) return runProbes([machine(prerequisites), ...partProbes(stack, retryTiers, new Set())])
  if (environmentNamesOne(env)) {
    const { stack: named, faults } = environmentAsFarAsKnown(env)
    const todo = 'set it as in .env.example'
    const settings = [...faults].map(
      ([name, fault]): Check => ({ area: 'settings', name, ok: false, detail: fault.slice(name.length + 2), todo }),
    )
    const faulty = new Set([...faults.keys()].flatMap((name) => PART_OF.find(([of]) => of.test(name))?.[1] ?? []))
    const probes = [machine(async () => [nodePrerequisite()]), ...partProbes(named, retryTiers, faulty)]
    return [...settings, ...(await runProbes(probes))]
  }
  const nothing: Check = {
    ...{ area: 'deployment', name: layout.stackJson, ok: false, detail: 'is not there: nothing runs' },
    todo: 'start a local one with `npm start`, or name a deployed one in the environment (KAFKA_BROKERS, DATABASE_URL, … as in .env.example)',
  }
  return [...(await runProbes([machine(prerequisites)])), nothing]
}
