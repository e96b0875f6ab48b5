/**
 * Waits for all, then resolves with all results or rejects with the first failure. `Promise.all` leaves the others
 * running; a request of kafkajs that is repeated after its client was closed opens a connection that nobody closes.
 */
export const awaitAll = async <Result>(running: readonly Promise<Result>[]): Promise<Result[]> => {
  await Promise.allSettled(running)
  return Promise.all(running)
}
