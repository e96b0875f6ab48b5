/** Does work and tells how many seconds it took, also when it failed. */
export const timed = async <Result>(
  work: () => Result | Promise<Result>,
  took: (seconds: number) => void,
): Promise<Result> => {
  const beganMs = performance.now()
  try {
    return await work()
  } finally {
    took((performance.now() - beganMs) / 1_000)
  }
}
