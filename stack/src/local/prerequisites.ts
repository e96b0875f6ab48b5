import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { S3Server } from './options.ts'

interface Tool {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** Where the version stands in what the command prints. */
  readonly pattern: RegExp
  readonly atLeast: readonly [number, number]
  readonly install: string
}

const TOOLS: readonly Tool[] = [
  {
    name: 'A JDK or JRE',
    command: 'java',
    args: ['-version'],
    pattern: /version "(\d+)(?:\.(\d+))?/,
    atLeast: [17, 0],
    install:
      'Debian, Ubuntu: apt-get install openjdk-17-jre-headless · Fedora: dnf install java-21-openjdk-headless · macOS: brew install openjdk',
  },
  {
    name: 'Maven',
    command: 'mvn',
    args: ['-v'],
    pattern: /Apache Maven (\d+)\.(\d+)/,
    atLeast: [3, 8],
    install: 'Debian, Ubuntu: apt-get install maven · Fedora: dnf install maven · macOS: brew install maven',
  },
]

const NODE = [20, 19] as const

/** A tool that is there, or what to do about it. */
export interface Prerequisite {
  readonly name: string
  /** What is wrong and how to mend it; undefined when nothing is. */
  readonly fault?: string
}

/** `npm start` checks it too, before anything is compiled; this one is for the command itself. */
export const nodePrerequisite = (): Prerequisite => {
  const name = `Node ${process.versions.node}`
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > NODE[0] || (major === NODE[0] && minor >= NODE[1])) return { name }
  return { name, fault: `${name} is too old; install ${NODE.join('.')} or newer. https://nodejs.org/en/download` }
}

const run = promisify(execFile)

const look = async ({ name, command, args, pattern, atLeast, install }: Tool): Promise<Prerequisite> => {
  const wanted = `${atLeast[0]}${atLeast[1] > 0 ? `.${atLeast[1]}` : ''} or newer`
  let printed: string
  try {
    const { stdout, stderr } = await run(command, [...args])
    printed = `${stdout}${stderr}`
  } catch {
    return { name, fault: `${name} is missing (${command}); install ${wanted}. ${install}` }
  }
  const found = pattern.exec(printed)
  if (!found)
    return { name, fault: `${name}: \`${command} ${args.join(' ')}\` names no version; install ${wanted}. ${install}` }
  const [major, minor] = [Number(found[1]), Number(found[2] ?? 0)]
  const version = `${name} ${major}.${minor}`
  const enough = major > atLeast[0] || (major === atLeast[0] && minor >= atLeast[1])
  return enough ? { name: version } : { name, fault: `${version} is too old; install ${wanted}. ${install}` }
}

/** Built with Go it names no version. No package registry has a binary of it. */
const minioPrerequisite = async (): Promise<Prerequisite> => {
  const name = 'MinIO'
  const install =
    'With Go: go install github.com/minio/minio@latest (about 5 minutes), with $(go env GOPATH)/bin on PATH · macOS: brew install minio'
  return run('minio', ['--version']).then(
    () => ({ name }),
    () => ({ name, fault: `${name} is missing (minio); install it, or leave out --s3 minio. ${install}` }),
  )
}

/** What the local stack needs. */
export const prerequisites = async (s3: S3Server = 's3proxy'): Promise<Prerequisite[]> => [
  nodePrerequisite(),
  ...(await Promise.all([...TOOLS.map(look), ...(s3 === 'minio' ? [minioPrerequisite()] : [])])),
]

/** What the local stack needs and this machine lacks, a line each with how to install it; empty when all is there. */
export const checkPrerequisites = async (s3?: S3Server): Promise<string[]> =>
  (await prerequisites(s3)).flatMap(({ fault }) => (fault === undefined ? [] : [fault]))
