import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** PEM files of a certificate for 127.0.0.1 that signs itself, and of its key. */
export interface Certificate {
  readonly certificate: string
  readonly key: string
}

export const makeCertificate = async (directory: string, name: string): Promise<Certificate> => {
  const [certificate, key] = [join(directory, `${name}.pem`), join(directory, `${name}.key`)]
  const files = ['-keyout', key, '-out', certificate]
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2']
  await promisify(execFile)('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...subject])
  return { certificate, key }
}
