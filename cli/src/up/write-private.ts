import { rename, writeFile } from 'node:fs/promises'

/** Writes a file only its owner can read, whole or not at all: a reader never sees half of it. */
export const writePrivate = async (file: string, value: unknown): Promise<void> => {
  const half = `${file}.${process.pid}.tmp`
  await writeFile(half, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  await rename(half, file)
}
