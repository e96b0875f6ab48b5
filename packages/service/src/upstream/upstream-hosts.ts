import { lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { errors, type PipelineError } from '@pokepedia/errors'

const notPublic = new BlockList()
/** IPv4 addresses inside those of IPv6, which a gateway unpacks (RFC 6052, section 2.1). */
const NAT64 = '64:ff9b::'
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  notPublic.addSubnet(network, bits, 'ipv4')
  notPublic.addSubnet(`${NAT64}${network}`, 96 + bits, 'ipv6')
}
for (const [network, bits] of [
  ['::', 127],
  ['64:ff9b:1::', 48],
  // Tunnels to IPv4, which hide its addresses: Teredo and 6to4.
  ['2001::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  notPublic.addSubnet(network, bits, 'ipv6')

/** Loopback, link-local, private, shared, multicast and reserved addresses, also those inside addresses of IPv6. */
export const isPrivateAddress = (address: string): boolean =>
  notPublic.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** Decides where requests may go: `host` stands for the scheme's own port, `host:port` for that one. */
export interface HostPolicy {
  /** The URL, parsed; throws `host_refused`, or the given code, with the reason. */
  allowed(url: string, code?: 'host_refused' | 'redirect_refused', base?: string): URL
  /** `dns.lookup` that fails with `host_refused` where a public name points to a private address. */
  readonly lookup: LookupFunction
}

/** A name without a dot is resolved inside the deployment's own network, and so is localhost. */
const isInternalName = (host: string): boolean => !host.includes('.') || host.endsWith('.localhost')

/** Whether a URL's host is of the deployment's own network, by its name alone: it says so, or is a private address. */
export const isOwnNetwork = ({ hostname }: URL): boolean => {
  const address = hostname.replace(/^\[|\]$/g, '')
  return isIP(address) === 0 ? isInternalName(hostname) : isPrivateAddress(address)
}

/** How a list may name the URL's host: with its port, and without it where that is the scheme's own. */
export const namesOf = ({ host, hostname, port, protocol }: URL): string[] => [
  host,
  `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`,
]

const refusal = (host: string, address: string): PipelineError =>
  errors('host_refused', `${host} points to the private address ${address}; name it in PRIVATE_HOSTS if that is meant`)

/** Makes the policy from lists of `host` or `host:port`, and of names that may point to private addresses. */
export const createHostPolicy = (allowedHosts: readonly string[], privateHosts: readonly string[] = []): HostPolicy => {
  const hosts = new Set(allowedHosts.map((host) => host.toLowerCase()))
  const mayBePrivate = new Set(privateHosts.map((host) => host.toLowerCase().replace(/:\d+$/, '')))
  return {
    allowed(text, code = 'host_refused', base) {
      const shown = text.slice(0, 200)
      if (!URL.canParse(text, base)) throw errors(code, `${JSON.stringify(shown)} is no URL`)
      const url = new URL(text, base)
      if (url.protocol !== 'http:' && url.protocol !== 'https:') throw errors(code, `${shown} is not http or https`)
      if (url.username !== '' || url.password !== '') throw errors(code, `a URL of ${url.host} has credentials in it`)
      if (base?.startsWith('https:') && url.protocol === 'http:') throw errors(code, `${shown} leaves https`)
      if (!namesOf(url).some((name) => hosts.has(name)))
        throw errors(code, `${url.host} is not allowed; allowed are ${[...hosts].join(', ')}`)
      return url
    },
    lookup(host, options, done) {
      lookup(host, options, (error, address, family) => {
        const found: string[] = Array.isArray(address) ? address.map((one) => one.address) : [address]
        const refused =
          error || isInternalName(host) || mayBePrivate.has(host) ? undefined : found.find(isPrivateAddress)
        done(error ?? (refused === undefined ? null : refusal(host, refused)), address, family)
      })
    },
  }
}
