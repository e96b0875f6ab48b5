import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type EventCost, type Scenario, simulate } from '../src/model.ts'

const rate = fc.double({ min: 0.1, max: 10_000, noNaN: true })
const cost: fc.Arbitrary<EventCost> = fc.record({
  serviceCpu: fc.double({ min: 1e-4, max: 0.1, noNaN: true }),
  postgresCpu: fc.double({ min: 1e-4, max: 0.1, noNaN: true }),
  latency: fc.double({ min: 1e-3, max: 2, noNaN: true }),
  requests: fc.constantFrom(0, 1),
})
const scenarios: fc.Arbitrary<Scenario> = fc.record({
  resources: fc.integer({ min: 1, max: 1_000_000_000 }),
  imagesPerResource: fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 10, noNaN: true })),
  instances: fc.integer({ min: 1, max: 1_000 }),
  partitions: fc.integer({ min: 1, max: 1_000 }),
  concurrency: fc.integer({ min: 1, max: 256 }),
  documentBudget: fc.oneof(rate, fc.constant(Number.POSITIVE_INFINITY)),
  imageBudget: fc.oneof(rate, fc.constant(Number.POSITIVE_INFINITY)),
  postgresCores: fc.integer({ min: 1, max: 256 }),
  seedRate: fc.double({ min: 10, max: 1_000_000, noNaN: true }),
  document: cost,
  image: cost,
})
const law = (holds: (scenario: Scenario) => void): void => fc.assert(fc.property(scenarios, holds), { numRuns: 500 })
const near = (a: number, b: number, what: string): void =>
  assert.ok(Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b), 1e-9), `${what}: ${a} and ${b}`)

test('every event that is written comes to its end, and none comes from nowhere', () =>
  law((scenario) => {
    const { phases } = simulate(scenario)
    for (const { after } of phases) {
      assert.ok(after.documentsDone <= after.seeded && after.seeded <= scenario.resources)
      assert.ok(after.imagesDone <= after.imagesWritten)
      near(after.imagesWritten, after.documentsDone * scenario.imagesPerResource, 'images of the documents done')
    }
    const end = phases.at(-1)?.after
    assert.ok(end)
    assert.equal(end.documentsDone, scenario.resources)
    assert.equal(end.imagesDone, scenario.resources * scenario.imagesPerResource)
  }))

/** Seconds until every document is done. */
const documentSeconds = (scenario: Scenario): number => {
  const { phases } = simulate(scenario)
  const last = phases.findIndex(({ after }) => after.documentsDone === scenario.resources)
  return phases.slice(0, last + 1).reduce((sum, { seconds }) => sum + seconds, 0)
}

// The images may end later: documents that are faster leave them less of Postgres, and a budget can't be made up for.
test('more instances than partitions gain nothing, and one more delays no document', () =>
  law((scenario) => {
    const more = { ...scenario, instances: scenario.instances + 1 }
    assert.ok(documentSeconds(more) <= documentSeconds(scenario) * (1 + 1e-9))
    const full = simulate({ ...scenario, instances: scenario.partitions }).seconds
    near(simulate({ ...scenario, instances: scenario.partitions + 100 }).seconds, full, 'seconds')
  }))

test('no pace is above four fifths of a budget, the cores of the instances in use, the places or Postgres', () =>
  law((scenario) => {
    const readers = Math.min(scenario.instances, scenario.partitions)
    for (const { rates } of simulate(scenario).phases) {
      const slack = 1 + 1e-9
      const { document, image } = scenario
      assert.ok(rates.documents * document.requests <= scenario.documentBudget * 0.8 * slack)
      assert.ok(rates.images * image.requests <= scenario.imageBudget * 0.8 * slack)
      for (const [pace, { serviceCpu, latency }] of [
        [rates.documents, document],
        [rates.images, image],
      ] as const) {
        assert.ok(pace * serviceCpu <= readers * slack)
        assert.ok(pace * latency <= readers * scenario.concurrency * slack)
      }
      assert.ok(
        rates.documents * document.postgresCpu + rates.images * image.postgresCpu <= scenario.postgresCores * slack,
      )
    }
  }))

test('twice the resources take twice the time', () =>
  law((scenario) => {
    near(
      simulate({ ...scenario, resources: scenario.resources * 2 }).seconds,
      simulate(scenario).seconds * 2,
      'seconds',
    )
  }))

test('an event waits no longer than the sync takes', () =>
  law((scenario) => {
    const { seconds, longestWait } = simulate(scenario)
    assert.ok(longestWait >= 0 && longestWait <= seconds)
  }))

test('a scenario in which nothing can move is refused', () =>
  assert.throws(() => {
    const cost = { serviceCpu: 0.01, postgresCpu: 0.01, latency: 0.1, requests: 1 }
    const one = { resources: 10, imagesPerResource: 1, instances: 1, partitions: 1, concurrency: 1, postgresCores: 1 }
    simulate({ ...one, documentBudget: 0, imageBudget: 1, seedRate: 1, document: cost, image: cost })
  }, /nothing moves/))
