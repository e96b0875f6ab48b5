import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Child, startReady } from './child.ts'
import { type JavaProgram, javaFlags, propertiesText } from './java.ts'
import { bucketProbe, type S3Account } from './s3-account.ts'
import { type Secured, securedS3 } from './secured.ts'

export interface S3Options extends S3Account, JavaProgram {
  /** HTTPS beside HTTP. */
  readonly secured: Secured | undefined
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
  const { stackDirectory, directory, jars, classFlags, port, accessKey, secretKey, secured, logFile, signal } = options
  const objects = join(directory, 'objects')
  const properties = join(directory, 's3proxy.properties')
  const logback = join(directory, 'logback.xml')
  await mkdir(objects, { recursive: true })
  const settings = {
    's3proxy.endpoint': `http://127.0.0.1:${port}`,
    's3proxy.authorization': 'aws-v2-or-v4',
    's3proxy.identity': accessKey,
    's3proxy.credential': secretKey,
    'jclouds.provider': 'filesystem-nio2',
    'jclouds.identity': accessKey,
    'jclouds.credential': secretKey,
    'jclouds.filesystem.basedir': objects,
    ...(secured ? await securedS3(secured, directory, signal) : {}),
  }
  await writeFile(properties, propertiesText(settings), { mode: 0o600 })
  await writeFile(logback, LOGBACK)
  const flags = [...javaFlags(stackDirectory, 256), ...classFlags, `-Dlogback.configurationFile=${logback}`]
  return startReady('s3', {
    command: 'java',
    args: [...flags, '-cp', join(jars, '*'), 'org.gaul.s3proxy.Main', '--properties', properties],
    cwd: directory,
    logFile,
    stopSignal: 'SIGTERM',
    signal,
    probe: bucketProbe(options),
  })
}
