import { Client } from 'minio'
import type { ComponentOptions } from './component.ts'

/** What an S3 server is started with. */
export interface S3Account extends ComponentOptions {
  readonly accessKey: string
  readonly secretKey: string
  readonly bucket: string
}

/** Throws while the server does not answer; makes the bucket when it does. */
export const bucketProbe = ({ port, accessKey, secretKey, bucket }: S3Account): (() => Promise<void>) => {
  const client = new Client({ endPoint: '127.0.0.1', port, useSSL: false, accessKey, secretKey, region: 'us-east-1' })
  return async () => {
    if (!(await client.bucketExists(bucket))) await client.makeBucket(bucket)
  }
}
