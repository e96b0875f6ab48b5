import { spawnSync } from 'node:child_process'

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

/** `npm start` checks it too, before anything is compiled; this one is for the command itself. */
const nodeFault = (): string[] => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > NODE[0] || (major === NODE[0] && minor >= NODE[1])) return []
  return [
    `Node ${process.versions.node} is too old; install ${NODE.join('.')} or newer. https://nodejs.org/en/download`,
  ]
}

const faultOf = ({ name, command, args, pattern, atLeast, install }: Tool): string | undefined => {
  const { stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  const wanted = `${atLeast[0]}${atLeast[1] > 0 ? `.${atLeast[1]}` : ''} or newer`
  if (error) return `${name} is missing (${command}); install ${wanted}. ${install}`
  const found = pattern.exec(`${stdout}${stderr}`)
  if (!found) return `${name}: \`${command} ${args.join(' ')}\` names no version; install ${wanted}. ${install}`
  const [major, minor] = [Number(found[1]), Number(found[2] ?? 0)]
  const enough = major > atLeast[0] || (major === atLeast[0] && minor >= atLeast[1])
  return enough ? undefined : `${name} ${major}.${minor} is too old; install ${wanted}. ${install}`
}

/** What the local stack needs and this machine lacks, a line each with how to install it; empty when all is there. */
export const checkPrerequisites = (): string[] => [...nodeFault(), ...TOOLS.flatMap((tool) => faultOf(tool) ?? [])]
