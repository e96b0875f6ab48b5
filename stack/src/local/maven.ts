import { messageOf } from '@pokepedia/errors'
import { runToEnd } from './run-to-end.ts'

const BYTES: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 }
// "Downloaded from central: https://…/kafka-clients-4.1.0.jar (9.8 MB at 12 MB/s)"
const DOWNLOADED = /^Downloaded from .* \(([\d.]+) (B|kB|MB|GB) at /
// "Progress (2): 1.2/3.4 MB | 512 kB", rewritten in place with a carriage return
const PROGRESS = /^Progress \(\d+\): (.*)/
const PART = /^([\d.]+)(?: (B|kB|MB|GB))?(?:\/[\d.]+ (B|kB|MB|GB))?/

const bytesOf = (amount = '0', unit = 'B'): number => Number(amount) * (BYTES[unit] ?? 1)

/** Counts the bytes that Maven (3.8 or newer) says it has downloaded; 0 while it says nothing of the kind. */
export const countDownloads = (): { read(text: string): void; bytes(): number } => {
  let rest = ''
  let done = 0
  let underway = 0
  const readLine = (line: string): void => {
    const downloaded = DOWNLOADED.exec(line)
    if (downloaded) {
      done += bytesOf(downloaded[1], downloaded[2])
      underway = 0
    }
    const parts = PROGRESS.exec(line)?.[1]?.split(' | ') ?? []
    const sizes = parts.map((part) => PART.exec(part)).map((part) => bytesOf(part?.[1], part?.[2] ?? part?.[3]))
    if (sizes.length > 0) underway = sizes.reduce((sum, size) => sum + size, 0)
  }
  return {
    read(text) {
      const lines = (rest + text).split(/[\r\n]+/)
      rest = lines.pop() ?? ''
      for (const line of lines) readLine(line.trim())
    },
    bytes: () => done + underway,
  }
}

// After its reasons Maven adds advice on how to run Maven, all of it as errors too.
const ADVICE = /^\[ERROR\]( *$| To see| Re-run| For more| After correcting| \[Help)/

const faultsIn = (output: string): string => {
  const faults = output.split('\n').filter((line) => line.startsWith('[ERROR]') && !ADVICE.test(line))
  return faults.length > 0 ? faults.slice(0, 3).join('\n') : output.slice(-500)
}

/** Runs Maven with `args`; throws with its first errors. `onBytes` gets the total so far whenever Maven reports. */
export const runMaven = async (
  args: readonly string[],
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<void> => {
  const count = countDownloads()
  const onOutput = (text: string): void => {
    count.read(text)
    onBytes(count.bytes())
  }
  try {
    // -U: what a start without a network failed to get is asked for again, not taken as failed for a day.
    await runToEnd('mvn', ['-U', '-Dstyle.color=never', ...args], { signal, onOutput })
  } catch (cause) {
    signal.throwIfAborted()
    throw new Error(faultsIn(messageOf(cause)), { cause })
  }
}
