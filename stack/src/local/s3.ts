import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'minio'
import { type Child, startChild, untilReady } from './child.ts'

export interface S3Options {
  readonly directory: string
  readonly jars: string
  readonly port: number
  readonly accessKey: string
  readonly secretKey: string
  readonly bucket: string
  readonly logFile: string
  readonly signal: AbortSignal
}

// At DEBUG, the default, the server takes three times as long for an object.
const LOGBACK = `<configuration>
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d %level %logger{20} %msg%n</pattern></encoder>
  </appender>
  <root level="WARN"><appender-ref ref="out" /></root>
</configuration>
`

/** Starts s3proxy over plain files; ready when the bucket is there. */
export const startS3 = async (options: S3Options): Promise<Child> => {
  const { directory, jars, port, accessKey, secretKey, logFile } = options
  const objects = join(directory, 'objects')
  await mkdir(objects, { recursive: true })
  const properties = join(directory, 's3proxy.properties')
  const settings = {
    's3proxy.endpoint': `http://127.0.0.1:${port}`,
    's3proxy.authorization': 'aws-v2-or-v4',
    's3proxy.identity': accessKey,
    's3proxy.credential': secretKey,
    'jclouds.provider': 'filesystem-nio2',
    'jclouds.identity': accessKey,
    'jclouds.credential': secretKey,
    'jclouds.filesystem.basedir': objects,
  }
  const text = Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')
  await writeFile(properties, text, { mode: 0o600 })
  await writeFile(join(directory, 'logback.xml'), LOGBACK)
  await writeFile(logFile, '')
  const flags = ['-Xmx256m', '-XX:+UseSerialGC', `-Dlogback.configurationFile=${join(directory, 'logback.xml')}`]
  const child = await startChild('s3', {
    command: 'java',
    args: [...flags, '-cp', join(jars, '*'), 'org.gaul.s3proxy.Main', '--properties', properties],
    cwd: directory,
    logFile,
  })
  const client = new Client({ endPoint: '127.0.0.1', port, useSSL: false, accessKey, secretKey, region: 'us-east-1' })
  await untilReady(child, {
    logFile,
    signal: options.signal,
    probe: async () => {
      if (!(await client.bucketExists(options.bucket))) await client.makeBucket(options.bucket)
    },
  })
  return child
}
