import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countDownloads } from '../src/local/maven.ts'

test('finished and running downloads add up, wherever the output is cut', () => {
  const output = [
    'Downloading from central: https://repo.example/a.jar\n',
    'Progress (1): 4.1/9.8 MB\rProgress (2): 8.2/9.8 MB | 512 kB\r',
    'Downloaded from central: https://repo.example/a.jar (9.8 MB at 12 MB/s)\n',
    'Downloaded from central: https://repo.example/a.pom (1.5 kB at 9 kB/s)\n',
    'Progress (1): 100/142 MB\r',
    '\n',
  ].join('')
  const atOnce = countDownloads()
  atOnce.read(output)
  assert.equal(Math.round(atOnce.bytes() / 1e5) / 10, 109.8)
  const byCharacter = countDownloads()
  const seen = [...output].map((character) => {
    byCharacter.read(character)
    return Math.round(byCharacter.bytes() / 1e5) / 10
  })
  assert.deepEqual([...new Set(seen)], [0, 4.1, 8.7, 9.8, 109.8])
})
