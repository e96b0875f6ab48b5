import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { StackAddresses } from '@pokepedia/stack'
import { runKafkaTool } from '@pokepedia/stack'
import { parse } from 'yaml'
import { z } from 'zod'

const path = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url))

const userSchema = z.object({
  spec: z.object({
    authorization: z.object({
      acls: z.array(
        z.strictObject({
          resource: z.strictObject({
            type: z.enum(['topic', 'group']),
            name: z.string(),
            patternType: z.enum(['literal', 'prefix']),
          }),
          operations: z.array(z.string()),
        }),
      ),
    }),
  }),
})

/** Gives the user what deploy/kubernetes/components/tls/kafka-user.yaml does, as Strimzi would. */
export const grantAsKubernetesDoes = async (
  { kafka }: Pick<StackAddresses, 'kafka'>,
  username: string,
): Promise<void> => {
  const text = readFileSync(path('deploy/kubernetes/components/tls/kafka-user.yaml'), 'utf8')
  const { acls } = userSchema.parse(parse(text)).spec.authorization
  // One call for all that differ by name alone: each starts a JVM.
  const calls = new Map<string, string[]>()
  for (const { resource, operations } of acls) {
    const pattern = resource.patternType === 'prefix' ? 'prefixed' : 'literal'
    const rule = ['--resource-pattern-type', pattern, ...operations.flatMap((operation) => ['--operation', operation])]
    const key = JSON.stringify(rule.concat(resource.type))
    calls.set(key, [...(calls.get(key) ?? rule), `--${resource.type}`, resource.name])
  }
  for (const rule of calls.values()) {
    const args = ['--bootstrap-server', kafka, '--add', '--allow-principal', `User:${username}`, ...rule]
    const { status, stdout, stderr } = await runKafkaTool({
      downloads: path('.local/downloads'),
      ...{ tool: 'kafka-acls', args, input: '' },
    })
    if (status !== 0) throw new Error(`kafka-acls: ${stdout}${stderr}`)
  }
}
