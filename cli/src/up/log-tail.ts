import { readFile } from 'node:fs/promises'

/** The last lines of a log file, indented; a line that says so when there are none. */
export const logTail = async (file: string, lines = 15): Promise<string> => {
  const text = await readFile(file, 'utf8').catch(() => '')
  const last = text.trimEnd().split('\n').slice(-lines)
  return last.join('') === '' ? `    (${file} is empty)` : last.map((line) => `    ${line}`).join('\n')
}
