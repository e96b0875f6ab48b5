import { stackMark } from './processes.ts'

/** What a component is started from. */
export interface JavaProgram {
  readonly jars: string
  /** See `withClassArchives`. */
  readonly classFlags: readonly string[]
}

/** Flags of every JVM of the stack: a heap limit, the collector with the least overhead, and whose it is. */
export const javaFlags = (stackDirectory: string, heapMb: number): string[] => [
  `-Xmx${heapMb}m`,
  '-XX:+UseSerialGC',
  stackMark(stackDirectory),
]

/** Compiles with C1 only: for what runs briefly or answers little, it starts sooner and stays smaller. */
export const QUICK_START = '-XX:TieredStopAtLevel=1'

const escaped = (value: string): string =>
  value
    .replaceAll('\\', '\\\\')
    .replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** A Java properties file. Java reads it as Latin-1, so a home directory with an accent must be escaped. */
export const propertiesText = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${escaped(value)}\n`)
    .join('')
