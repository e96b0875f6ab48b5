// What of kafkajs's inside request-queue.ts mends; kafkajs has no types for it.
declare module 'kafkajs/src/network/requestQueue/index.js' {
  /** The requests of one connection that wait, or have no answer yet. */
  export default class RequestQueue {
    /** Those that wait: until there are fewer in flight, or until a broker's throttle has passed. */
    readonly pending: readonly unknown[]
    /** Sets a timer to look at `pending` again. Called when something was put there, and after each look. */
    scheduleCheckPendingRequests(): void
  }
}
