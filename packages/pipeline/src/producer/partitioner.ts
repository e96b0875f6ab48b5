import { type ICustomPartitioner, Partitioners } from 'kafkajs'

const SEED = 0x9747b28c
const M = 0x5bd1e995

/** Kafka's hash of a key (org.apache.kafka.common.utils.Utils#murmur2); kafkajs's own takes 64-bit steps by library. */
export const murmur2 = (bytes: Buffer): number => {
  const whole = bytes.length & ~3
  let h = SEED ^ bytes.length
  for (let at = 0; at < whole; at += 4) {
    const k = Math.imul(bytes.readInt32LE(at), M)
    h = Math.imul(h, M) ^ Math.imul(k ^ (k >>> 24), M)
  }
  if (whole < bytes.length) h = Math.imul(h ^ bytes.readUIntLE(whole, bytes.length - whole), M)
  h = Math.imul(h ^ (h >>> 13), M)
  return h ^ (h >>> 15)
}

/** Puts a key where the console tools and kcat put it; a record without one wherever kafkajs would. */
export const partitioner: ICustomPartitioner = () => {
  const anywhere = Partitioners.DefaultPartitioner()
  return (record) => {
    const { key } = record.message
    if (key === null || key === undefined) return anywhere(record)
    return (murmur2(Buffer.isBuffer(key) ? key : Buffer.from(key)) & 0x7fffffff) % record.partitionMetadata.length
  }
}
