/** TLS and passwords in front of the local stack, as a deployed one has them; the plain listeners stay. */
export interface Secured {
  /** PEM file of the certificate; it has to name 127.0.0.1. */
  readonly certificate: string
  /** PEM file of its key. */
  readonly key: string
  /** Port of the broker's listener that wants TLS and one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512. */
  readonly kafkaPort: number
  readonly username: string
  readonly password: string
}

const LISTENER = 'listener.name.secured'
const LOGIN = 'org.apache.kafka.common.security'

/** The broker's settings of the listener `SECURED`. */
export const securedProperties = (
  { username, password }: Secured,
  keystore: string,
): Readonly<Record<string, string>> => ({
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
