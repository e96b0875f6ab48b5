const BYTES = 16

/** A key for one submit. Not `randomUUID`, which browsers have on https and loopback alone. */
export const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(BYTES))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
