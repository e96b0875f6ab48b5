import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHostPolicy, isPrivateAddress } from '../src/upstream/upstream-hosts.ts'
import { clientOf, failureOf, httpStub } from './support.ts'

const limit = { maxBytes: 1_000 }

const refused = [
  'file:///etc/passwd',
  'ftp://127.0.0.1/a',
  'http://127.0.0.1/',
  'http://[::ffff:127.0.0.1]/',
  'http://2130706433/',
  'http://localhost/',
  'https://pokeapi.co.evil.example/api/v2/',
  'https://user:secret@pokeapi.co/api/v2/',
  'https://user@pokeapi.co/api/v2/',
  'https://pokeapi.co:8443/api/v2/',
  'pokemon/25',
  '',
  `https://evil.example/${'a'.repeat(65_536)}`,
]
for (const url of refused) {
  test(`${url.slice(0, 50)} is refused`, async () => {
    await using upstream = clientOf([{ host: 'pokeapi.co' }])
    const error = await failureOf(upstream.get(url, limit))
    assert.deepEqual([error.code, error.class], ['host_refused', 'dead'])
    assert.ok(!error.message.includes('secret') && error.message.length < 500, error.message)
  })
}

test('a host without a port means the scheme’s own, and may be written with it', () => {
  const policy = createHostPolicy(['pokeapi.co', 'raw.example:443', 'mirror.example:8080'])
  for (const url of ['https://pokeapi.co/a', 'https://PokeAPI.co:443/a', 'https://raw.example/a'])
    assert.doesNotThrow(() => policy.allowed(url))
  assert.doesNotThrow(() => policy.allowed('http://mirror.example:8080/a'))
  for (const url of ['http://raw.example/a', 'http://mirror.example/a']) assert.throws(() => policy.allowed(url))
})

test('up to three redirects are followed, each within the allowed hosts', async () => {
  await using other = await httpStub((_request, response) => void response.end('{"moved":true}'))
  await using stub = await httpStub((request, response) => {
    const left = Number(request.url?.slice(1))
    const to = left === 0 ? `${other.origin}/` : `/${left - 1}`
    response.writeHead(301, { location: to }).end()
  })
  await using upstream = clientOf([stub, other])
  const answer = await upstream.get(`${stub.origin}/2`, limit)
  assert.ok(answer.status === 'ok' && answer.url === `${other.origin}/`)
  const error = await failureOf(upstream.get(`${stub.origin}/3`, limit))
  assert.deepEqual([error.code, error.class], ['redirect_refused', 'dead'])
})

test('a redirect off the allowed hosts is refused and the other host is never asked', async () => {
  let asked = 0
  await using other = await httpStub((_request, response) => {
    asked += 1
    response.end()
  })
  for (const location of [`${other.origin}/`, 'file:///etc/passwd', 'http://user:secret@127.0.0.1/', 'http://[']) {
    await using stub = await httpStub((_request, response) => void response.writeHead(307, { location }).end())
    await using upstream = clientOf([stub])
    assert.equal((await failureOf(upstream.get(stub.origin, limit))).code, 'redirect_refused', location)
  }
  assert.equal(asked, 0)
})

test('a redirect from https to http is refused', () => {
  const policy = createHostPolicy(['pokeapi.co'])
  assert.throws(() => policy.allowed('http://pokeapi.co/', 'redirect_refused', 'https://pokeapi.co/'), /leaves https/)
})

test('addresses of loopback, link-local, private, shared and multicast networks are private', () => {
  const notPublic = ['127.0.0.1', '10.1.2.3', '172.31.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '224.0.0.1']
  const notPublic6 = ['0.0.0.0', '::1', '::', 'fe80::1', 'fd00::1', 'ff02::1', '::ffff:10.0.0.1', '::ffff:127.0.0.1']
  const within6 = ['64:ff9b::169.254.169.254', '64:ff9b::7f00:1', '2002:7f00:1::', '2001:0:7f00:1::']
  for (const address of [...notPublic, ...notPublic6, ...within6])
    assert.equal(isPrivateAddress(address), true, address)
  for (const address of [
    '185.199.108.133',
    '172.32.0.1',
    '100.128.0.1',
    '2606:50c0:8000::154',
    '2001:4860:4860::8888',
    '64:ff9b::8.8.8.8',
    '::ffff:8.8.8.8',
  ])
    assert.equal(isPrivateAddress(address), false, address)
})

test('a public name that resolves to a private address is refused, unless it is named for that', async () => {
  // dns.lookup gives an address back as it is, so it serves as a name here.
  const resolve = (name: string, privateHosts: string[] = []) =>
    new Promise((done) => {
      createHostPolicy([name], privateHosts).lookup(name, { all: true }, (error, address) => done(error ?? address))
    })
  assert.match(
    String(await resolve('127.0.0.1')),
    /points to the private address 127\.0\.0\.1; name it in PRIVATE_HOSTS/,
  )
  assert.deepEqual(await resolve('127.0.0.1', ['127.0.0.1:8080']), [{ address: '127.0.0.1', family: 4 }])
  assert.deepEqual(await resolve('185.199.108.133'), [{ address: '185.199.108.133', family: 4 }])
  assert.ok(Array.isArray(await resolve('localhost')), 'names without a dot are the deployment’s own')
})
