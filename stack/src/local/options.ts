import type { Progress } from './component.ts'
import type { Secured } from './secured.ts'

/** `kafkaProxied` is listened on only where a proxy is meant to stand before it. */
export const STACK_PORTS = ['kafka', 'kafkaController', 'kafkaProxied', 'registry', 'postgres', 's3'] as const
export type StackPort = (typeof STACK_PORTS)[number]

export const S3_SERVERS = ['s3proxy', 'minio'] as const
export type S3Server = (typeof S3_SERVERS)[number]

export interface LocalStackOptions {
  /** All state lives below it. */
  readonly directory: string
  /** Where the jars are kept; `<directory>/downloads` unless given. */
  readonly downloads?: string
  readonly onProgress: Progress
  /** The S3 server: s3proxy, which Maven brings, unless MinIO is asked for, which must be on PATH. Each has data of its own. */
  readonly s3?: S3Server | undefined
  readonly ports?: Partial<Record<StackPort, number>>
  /**
   * Port of a proxy to put in front of the broker's listener `kafkaProxied`: it tells clients to come back through the
   * proxy, where the other listener would send them past it.
   */
  readonly kafkaProxy?: number | undefined
  /** TLS and passwords beside the plain listeners, for tests of both; given for an empty directory. */
  readonly secured?: Secured | undefined
  /** Gives up the start. */
  readonly signal?: AbortSignal
}
