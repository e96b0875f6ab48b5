import { mkdir } from 'node:fs/promises'
import { type Child, startReady } from './child.ts'
import { minioData } from './processes.ts'
import { bucketProbe, type S3Account } from './s3-account.ts'

/** Starts the MinIO that is on PATH over plain files; ready when the bucket is there. */
export const startMinio = async (options: S3Account): Promise<Child> => {
  const { stackDirectory, directory, port, accessKey, secretKey, logFile, signal } = options
  const data = minioData(stackDirectory)
  await mkdir(data, { recursive: true })
  return startReady('s3', {
    command: 'minio',
    args: ['server', '--quiet', '--address', `127.0.0.1:${port}`, data],
    cwd: directory,
    env: {
      ...process.env,
      MINIO_ROOT_USER: accessKey,
      MINIO_ROOT_PASSWORD: secretKey,
      // No console on a port of its own, and no request to its makers.
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
    },
    logFile,
    stopSignal: 'SIGTERM',
    signal,
    probe: bucketProbe(options),
  })
}
