import { rename, writeFile } from 'node:fs/promises'

/** Writes a file that only its owner reads, whole or not at all: a start that is killed leaves no half of it. */
export const writeWhole = async (file: string, value: unknown): Promise<void> => {
  const half = `${file}.${process.pid}.tmp`
  await writeFile(half, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  await rename(half, file)
}
