import { between, type Random } from '../random.ts'

const FIRST_PAGE = 2
const MIDDLE_PAGE = 0
const LAST_PAGE = 4
const SAMPLES_PER_PACKET = 960n
/** 20 ms of CELT silence: what libopus sends when nothing sounds. */
const SILENCE = Buffer.from([0xf8, 0xff, 0xfe])

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24
  for (let bit = 0; bit < 8; bit++) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1
  return value >>> 0
})

/** Ogg's checksum: CRC-32 with polynomial 04c11db7, not reflected, started at 0 (RFC 3533 section 6). */
const checksum = (page: Buffer): number => {
  let value = 0
  for (const byte of page) value = ((value << 8) ^ (crcTable[((value >>> 24) ^ byte) & 0xff] ?? 0)) >>> 0
  return value
}

/** One page of packets, each shorter than 255 bytes. */
const page = (kind: number, sequence: number, serial: number, position: bigint, packets: readonly Buffer[]): Buffer => {
  const header = Buffer.alloc(27 + packets.length)
  header.write('OggS', 0, 'latin1')
  header.writeUInt8(kind, 5)
  header.writeBigInt64LE(position, 6)
  header.writeUInt32LE(serial, 14)
  header.writeUInt32LE(sequence, 18)
  header.writeUInt8(packets.length, 26)
  packets.forEach((packet, index) => {
    header.writeUInt8(packet.length, 27 + index)
  })
  const out = Buffer.concat([header, ...packets])
  out.writeUInt32LE(checksum(out), 22)
  return out
}

/** `OpusHead`: version 1, mono, no pre-skip, 48 kHz, no gain, mapping family 0 (RFC 7845 section 5.1). */
const identification = (): Buffer =>
  Buffer.concat([Buffer.from('OpusHead', 'latin1'), Buffer.from([1, 1, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0])])

/** `OpusTags`: a vendor and no comments (RFC 7845 section 5.2). */
const comments = (vendor: string): Buffer => {
  const out = Buffer.alloc(16 + vendor.length)
  out.write('OpusTags', 0, 'latin1')
  out.writeUInt32LE(vendor.length, 8)
  out.write(vendor, 12, 'latin1')
  return out
}

/** A valid Ogg Opus stream of a few packets of silence, with `label` (up to 200 bytes) as its vendor. */
export const ogg = (random: Random, label: string): Buffer => {
  const serial = between(random, 0, 0xffffffff)
  const packets = Array.from({ length: between(random, 2, 40) }, () => SILENCE)
  return Buffer.concat([
    page(FIRST_PAGE, 0, serial, 0n, [identification()]),
    page(MIDDLE_PAGE, 1, serial, 0n, [comments(label)]),
    page(LAST_PAGE, 2, serial, SAMPLES_PER_PACKET * BigInt(packets.length), packets),
  ])
}
