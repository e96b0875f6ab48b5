import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPipelineError } from '@pokepedia/errors'
import fc from 'fast-check'
import { mediaOf } from '../src/image.ts'
import { gif, jpeg, ogg, png, svg, webp } from './media.ts'

const at = (name: string): string => `https://media.test/sprites/${name}`

const refusal = (body: Buffer, name: string): string => {
  try {
    mediaOf(body, at(name))
  } catch (error) {
    if (isPipelineError(error) && error.code === 'image_invalid') return error.message
    throw error
  }
  return assert.fail(`${name} was taken`)
}

test('whole files of every format are taken, with our content type and their size', () => {
  assert.deepEqual(mediaOf(png(3, 2), at('a.png')), { contentType: 'image/png', width: 3, height: 2 })
  assert.deepEqual(mediaOf(gif(), at('a.gif')), { contentType: 'image/gif', width: 2, height: 3 })
  assert.deepEqual(mediaOf(webp(), at('a.webp')), { contentType: 'image/webp', width: 4, height: 5 })
  assert.deepEqual(mediaOf(jpeg(), at('a.JPG')), { contentType: 'image/jpeg', width: 7, height: 6 })
  assert.deepEqual(mediaOf(svg(), at('a.svg')), { contentType: 'image/svg+xml', width: 10, height: 20 })
  assert.deepEqual(mediaOf(ogg(), at('a.ogg')), { contentType: 'audio/ogg', width: null, height: null })
})

test('what stands before or after an svg element does not matter', () => {
  const dressed = Buffer.from(
    `\uFEFF<?xml version="1.0"?>\n<!-- <svg> -->\n<!DOCTYPE svg [ <!ENTITY a "b>c"> ]>\n${svg('viewBox="0 0 8 9"')}\n<!-- drawn > by hand -->\n`,
  )
  assert.deepEqual(mediaOf(dressed, at('a.svg')), { contentType: 'image/svg+xml', width: 8, height: 9 })
  assert.equal(mediaOf(svg('width="100%"'), at('a.svg')).width, null)
  assert.equal(mediaOf(Buffer.from('<svg/>'), at('a.svg')).contentType, 'image/svg+xml')
})

test('trailing bytes after the end of a picture are passed over', () => {
  assert.equal(mediaOf(Buffer.concat([png(1, 1), Buffer.from('\n')]), at('a.png')).width, 1)
  assert.equal(mediaOf(Buffer.concat([gif(), Buffer.alloc(4)]), at('a.gif')).width, 2)
})

test('a URL without an extension claims nothing', () => {
  assert.equal(mediaOf(gif(), at('25')).contentType, 'image/gif')
  assert.equal(mediaOf(png(1, 1), `${at('a.png')}?v=2.gif`).contentType, 'image/png')
})

test('other bytes are refused and named', () => {
  assert.match(refusal(Buffer.alloc(0), 'a.png'), /empty/)
  assert.match(refusal(Buffer.from('<!DOCTYPE html><html><svg></svg></html>'), 'a.png'), /an HTML page/)
  assert.match(refusal(Buffer.from('<html></html>'), 'a.svg'), /an HTML page/)
  assert.match(refusal(Buffer.from('{"message":"no"}'), 'a.png'), /JSON/)
  assert.match(refusal(Buffer.from('version https://git-lfs.github.com/spec/v1\n'), 'a.png'), /Git LFS/)
  assert.match(refusal(Buffer.from('404: Not Found'), 'a.png'), /first bytes 3430343a/)
  assert.match(refusal(Buffer.alloc(64), 'a.png'), /first bytes 0000/)
})

test('a picture of another format than its URL claims is refused', () => {
  assert.match(refusal(gif(), 'a.png'), /the URL says PNG, the bytes are GIF/)
  assert.match(refusal(png(1, 1), 'a.svg'), /the URL says SVG, the bytes are PNG/)
  assert.match(refusal(svg(), 'a.gif'), /the URL says GIF, the bytes are SVG/)
})

test('absurd sizes are refused', () => {
  assert.match(refusal(png(1, 1, { width: 20_001, height: 1 }), 'a.png'), /20001 × 1/)
  assert.match(refusal(png(1, 1, { width: 0, height: 5 }), 'a.png'), /0 × 5/)
})

test('no file that was cut anywhere is taken', () => {
  const whole = { 'a.png': png(40, 40), 'a.gif': gif(), 'a.webp': webp(), 'a.jpg': jpeg(), 'a.svg': svg() }
  for (const [name, body] of Object.entries(whole))
    for (let end = 0; end < body.length; end += 1) refusal(body.subarray(0, end), name)
  // A cut between two Ogg pages leaves a shorter, whole file.
  const sound = ogg()
  for (let end = 0; end < sound.length; end += 1) if (end !== 31) refusal(sound.subarray(0, end), 'a.ogg')
})

test('arbitrary bytes give an answer or image_invalid, never another error', () => {
  const starts = fc.constantFrom(png(1, 1), gif(), webp(), jpeg(), ogg(), svg(), Buffer.alloc(0))
  const names = fc.constantFrom('a.png', 'a.gif', 'a.webp', 'a.jpg', 'a.ogg', 'a.svg', 'a')
  fc.assert(
    fc.property(starts, fc.nat(40), fc.uint8Array({ maxLength: 64 }), names, (start, keep, rest, name) => {
      const body = Buffer.concat([start.subarray(0, keep), rest])
      try {
        mediaOf(body, at(name))
      } catch (error) {
        assert.ok(isPipelineError(error) && error.code === 'image_invalid', String(error))
      }
    }),
    { numRuns: 2_000 },
  )
})
