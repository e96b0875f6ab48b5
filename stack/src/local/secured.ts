import { join } from 'node:path'
import { runToEnd } from './run-to-end.ts'

/** TLS and passwords in front of the local stack, as a deployed one has them; the plain listeners stay. */
export interface Secured {
  /** PEM file of the certificate; it has to name 127.0.0.1. */
  readonly certificate: string
  /** PEM file of its key. */
  readonly key: string
  /** Port of the broker's listener that wants TLS and one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512. */
  readonly kafkaPort: number
  /** Ports of the registry's and of s3proxy's HTTPS listeners; MinIO has either HTTPS or HTTP, and here HTTP. */
  readonly registryPort: number
  readonly s3Port: number
  readonly username: string
  readonly password: string
  /** The user may do what access rules allow it, which `kafka-acls` adds by the plain listener; everything unless set. */
  readonly restricted?: boolean
}

/** The registry's settings of its second listener. */
export const securedRegistry = ({ certificate, key, registryPort }: Secured): string[] => [
  `-Dquarkus.http.ssl-port=${registryPort}`,
  `-Dquarkus.http.ssl.certificate.files=${certificate}`,
  `-Dquarkus.http.ssl.certificate.key-files=${key}`,
]

/** s3proxy's settings of its second listener, and the keystore that it wants for it, which this makes by openssl. */
export const securedS3 = async (
  { certificate, key, s3Port, password }: Secured,
  directory: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> => {
  const keystore = join(directory, 'keystore.p12')
  const from = ['-in', certificate, '-inkey', key]
  await runToEnd('openssl', ['pkcs12', '-export', ...from, '-out', keystore, '-passout', `pass:${password}`], {
    signal,
  })
  return {
    's3proxy.secure-endpoint': `https://127.0.0.1:${s3Port}`,
    's3proxy.keystore-path': keystore,
    's3proxy.keystore-password': password,
  }
}

const LISTENER = 'listener.name.secured'
const LOGIN = 'org.apache.kafka.common.security'

/** Whoever comes by a plain listener may do everything. */
const AUTHORIZER = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
}

/** The broker's settings of the listener `SECURED`. */
export const securedProperties = (
  { username, password, restricted = false }: Secured,
  keystore: string,
): Readonly<Record<string, string>> => ({
  ...(restricted ? AUTHORIZER : {}),
  [`${LISTENER}.ssl.keystore.type`]: 'PEM',
  [`${LISTENER}.ssl.keystore.location`]: keystore,
  [`${LISTENER}.sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
  [`${LISTENER}.plain.sasl.jaas.config`]: `${LOGIN}.plain.PlainLoginModule required user_${username}="${password}";`,
  [`${LISTENER}.scram-sha-256.sasl.jaas.config`]: `${LOGIN}.scram.ScramLoginModule required;`,
  [`${LISTENER}.scram-sha-512.sasl.jaas.config`]: `${LOGIN}.scram.ScramLoginModule required;`,
})

/** What `kafka-storage format` is told, for SCRAM's users lie in the cluster's own records. */
export const scramArguments = ({ username, password }: Secured): string[] =>
  ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${username},password=${password}]`,
  ])
