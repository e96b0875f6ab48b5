// What of kafkajs's inside request-queue.ts and encoder.ts mend; kafkajs has no types for it.
declare module 'kafkajs/src/network/requestQueue/index.js' {
  /** The requests of one connection that wait, or have no answer yet. */
  export default class RequestQueue {
    /** Those that wait: until there are fewer in flight, or until a broker's throttle has passed. */
    readonly pending: readonly unknown[]
    /** Sets a timer to look at `pending` again. Called when something was put there, and after each look. */
    scheduleCheckPendingRequests(): void
  }
}

declare module 'kafkajs/src/protocol/encoder.js' {
  /** Writes a part of a request into memory that grows. */
  export default class Encoder {
    /** How much memory a new one has, for 511; and what `ensureAvailable` grows to. */
    static nextPowerOfTwo(value: number): number
    static encodeZigZag(value: number): number
    static sizeOfVarInt(value: number): number
    /** Of a number or a `Long`. */
    static sizeOfVarLong(value: unknown): number
    /** What is written, up to `offset`. */
    buf: Buffer
    offset: number
    /** Makes room for so many bytes more. */
    ensureAvailable(length: number): void
    writeUVarInt(value: number): this
    writeVarLong(value: unknown): this
  }
}
