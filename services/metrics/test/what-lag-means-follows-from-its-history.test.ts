import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { drainSecondsOf, newlyLost } from '../src/lag/lag-history.ts'
import { FLOOR, type LagSample, statusOf, WINDOW_MS } from '../src/lag/partition-status.ts'
import { depthOf } from '../src/lag/read-lag.ts'

const STEPS = 20
/** A full window of samples, of the given commits and ends. */
const samplesOf = (commitOf: (i: number) => number, endOf: (i: number) => number): LagSample[] =>
  Array.from({ length: STEPS + 1 }, (_, i) => ({
    atMs: (i * WINDOW_MS) / STEPS,
    commit: commitOf(i),
    end: endOf(i),
    depth: Math.max(0, endOf(i) - Math.max(0, commitOf(i))),
  }))

const small = fc.integer({ min: 1, max: 1_000 })

test('a partition whose depth stays within the floor, or was 0 in the window, is ok', () => {
  fc.assert(
    fc.property(small, fc.integer({ min: 0, max: FLOOR }), (commit, behind) => {
      assert.equal(
        statusOf(
          samplesOf(
            () => commit,
            () => commit + behind,
          ),
        ),
        'ok',
      )
    }),
  )
  fc.assert(
    fc.property(small, small, fc.integer({ min: 0, max: STEPS }), (commit, more, emptyAt) => {
      const samples = samplesOf(
        () => commit,
        () => commit + FLOOR + more,
      )
      const emptied = samples.map((sample, i) => (i === emptyAt ? { ...sample, end: commit, depth: 0 } : sample))
      assert.equal(statusOf(emptied), 'ok')
    }),
  )
})

test('commits that stand still are stop while records come, and stall when none do', () => {
  fc.assert(
    fc.property(small, small, small, (commit, waiting, coming) => {
      assert.equal(
        statusOf(
          samplesOf(
            () => commit,
            (i) => commit + FLOOR + waiting + i * coming,
          ),
        ),
        'stop',
      )
      assert.equal(
        statusOf(
          samplesOf(
            () => commit,
            () => commit + FLOOR + waiting,
          ),
        ),
        'stall',
      )
    }),
  )
})

test('a depth that never falls is warn, one that falls is ok', () => {
  fc.assert(
    fc.property(small, small, (step, waiting) => {
      assert.equal(
        statusOf(
          samplesOf(
            (i) => i * step,
            (i) => i * (step + 1) + FLOOR + waiting,
          ),
        ),
        'warn',
      )
      assert.equal(
        statusOf(
          samplesOf(
            (i) => i * step,
            () => STEPS * step + FLOOR + waiting,
          ),
        ),
        'ok',
      )
    }),
  )
})

test('a commit that went back is rewind until it is where it was', () => {
  fc.assert(
    fc.property(small, fc.integer({ min: 1, max: STEPS - 1 }), (step, at) => {
      const end = () => STEPS * step * 3 + FLOOR + 1
      const back = (i: number) => (i < at ? (STEPS + i) * step : (i - at) * step)
      assert.equal(statusOf(samplesOf(back, end)), 'rewind')
    }),
  )
})

test('a window that is not full yet accuses nobody of standing still', () => {
  fc.assert(
    fc.property(small, small, fc.integer({ min: 0, max: STEPS / 2 }), (commit, waiting, seen) => {
      const samples = samplesOf(
        () => commit,
        () => commit + FLOOR + waiting,
      )
      assert.equal(statusOf(samples.slice(0, seen)), 'ok')
    }),
  )
})

const offsets = fc
  .tuple(fc.nat(1_000), fc.nat(1_000), fc.nat(1_000), fc.boolean())
  .map(([startOffset, kept, commit, never]) => ({
    startOffset,
    endOffset: startOffset + kept,
    currentOffset: never ? -1 : Math.min(commit, startOffset + kept),
  }))

test('what waits is never more than what is kept, and what is lost is what was deleted unread, counted once', () => {
  fc.assert(
    fc.property(offsets, fc.nat(500), (row, deleted) => {
      assert.ok(depthOf(row) >= 0 && depthOf(row) <= row.endOffset - row.startOffset)
      const place = { group: 'g', topic: 't', partition: 0, lag: 0, depth: 0, ready: 0, oldestAt: null }
      const before = newlyLost({ ...place, ...row }, 0)
      assert.equal(before, row.currentOffset < 0 ? 0 : Math.max(0, row.startOffset - row.currentOffset))
      const later = { ...place, ...row, startOffset: row.startOffset + deleted, endOffset: row.endOffset + deleted }
      const more = newlyLost(later, before > 0 ? row.startOffset : 0)
      const unread = row.currentOffset < 0 ? 0 : Math.max(0, later.startOffset - row.currentOffset)
      assert.equal(before + more, unread)
    }),
  )
})

test('a queue that shrinks is empty in time, one that does not has no time', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.nat(10_000), small, (before, now, seconds) => {
      const left = drainSecondsOf({ atMs: 0, waiting: before }, { atMs: seconds * 1_000, waiting: now })
      if (now === 0) assert.equal(left, 0)
      else if (now >= before) assert.equal(left, undefined)
      else assert.ok(Math.abs((left ?? 0) - (now * seconds) / (before - now)) < 1e-6)
    }),
  )
})
