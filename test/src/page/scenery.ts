import type { Deployment } from '@pokepedia/cli'
import { seedAndWait, setFaults } from '../e2e/support.ts'

/** Faults from which some events die, each in its own way. */
const FAULTS = [
  { match: '/pokemon/2/$', kind: 'wrong_type' },
  { match: '/pokemon/3/$', kind: 'wrong_type' },
  { match: '/media/.*/pokemon/(back/)?6[.]png', kind: 'not_image' },
]

/** Has runs end well and badly, so that every view has something to show. */
export const setScene = async (deployment: Deployment): Promise<void> => {
  await seedAndWait(deployment, { types: ['pokemon'] })
  await setFaults(deployment, FAULTS)
  await seedAndWait(deployment, { types: ['pokemon'], force: true })
  await setFaults(deployment, [])
}
