import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from '@pokepedia/errors'
import { attemptOf, type Headers, newTraceparent, parseRetryTiers } from '@pokepedia/events'
import fc from 'fast-check'
import { failureHeaders, routeFailure } from '../src/handling/failure.ts'

const tiers = parseRetryTiers('5s,30s,5m')

test('however often a record fails, its copies carry the traceparent and all that was there besides delivery state', () => {
  const own = fc.dictionary(fc.stringMatching(/^[a-w][a-z-]{0,20}$/), fc.string())
  const codes = fc.array(fc.constantFrom('http_503', 'timeout', 'image_invalid', 'not_json'), { minLength: 1 })
  fc.assert(
    fc.property(own, codes, (theirs, failures) => {
      const traceparent = newTraceparent()
      let headers: Headers = { ...theirs, traceparent }
      for (const code of failures) {
        const attempt = attemptOf(headers)
        const error = errors(code, 'no')
        const delivery = { topic: 't', partition: 0, offset: '1', key: 'k', headers, attempt }
        headers = failureHeaders(delivery, '1000', error, routeFailure(error, attempt, tiers, 2_000), 2_000)
        for (const [name, value] of Object.entries({ ...theirs, traceparent })) assert.equal(headers[name], value, name)
      }
    }),
  )
})
