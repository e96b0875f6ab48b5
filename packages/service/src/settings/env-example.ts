import { type KnownSetting, knownSettings } from './known-settings.ts'

const HEAD = `# Settings of Pokepedia Stream, made by \`npm run env-example\` from packages/service/src/settings/settings.ts.
# A line that is commented out shows the default; a line that is not has none and must be given a value.
# A secret (KAFKA_PASSWORD, DATABASE_URL, S3_ACCESS_KEY, S3_SECRET_KEY, API_TOKEN) may be in a file instead: API_TOKEN_FILE=/run/secrets/token.
`

const linesOf = ({ name, description, unit, default: value }: KnownSetting): string => {
  const inUnit = unit === undefined ? '' : ` [${unit}]`
  return `# ${description}${inUnit}\n${value === undefined ? `${name}=` : `#${name}=${value}`}\n`
}

/** The text of `.env.example`: every setting with its description, unit and default. */
export const envExample = (): string => {
  const groups = [...new Set(knownSettings.map(({ group }) => group))]
  const textOf = (group: string): string =>
    `# --- ${group}\n${knownSettings
      .filter((setting) => setting.group === group)
      .map(linesOf)
      .join('')}`
  return [HEAD, ...groups.map(textOf)].join('\n')
}
