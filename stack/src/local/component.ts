/** What `onProgress` gets: one line for a person, without a newline. */
export type Progress = (line: string) => void

export interface S3Address {
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
  readonly bucket: string
}

/** Where everything of a running stack is found. */
export interface StackAddresses {
  /** `host:port` */
  readonly kafka: string
  /** The Confluent-compatible root of the registry. */
  readonly schemaRegistry: string
  /** A connection string of the database `pokepedia`. */
  readonly postgres: string
  readonly s3: S3Address
}

export type ComponentName = 'kafka' | 'registry' | 'postgres' | 's3'

/** What every component is started with. */
export interface ComponentOptions {
  /** The directory of the whole stack; a process is known as ours by it. */
  readonly stackDirectory: string
  /** The component's own state. */
  readonly directory: string
  readonly logFile: string
  readonly port: number
  readonly onProgress: Progress
  /** Gives up the start; the component's process has ended when the start fails. */
  readonly signal: AbortSignal
}
