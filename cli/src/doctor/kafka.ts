import { parseRetryTiers, queues, retryGroup, topicCatalogue } from '@pokepedia/events'
import { type KafkaAdmin, openAdmin } from '@pokepedia/pipeline'
import { kafkaOf } from '../deployment-kafka.ts'
import type { StackJson } from '../stack-json.ts'
import type { Check, Probe } from './check.ts'

const topicChecks = async (admin: KafkaAdmin, retryTiers: string): Promise<Check[]> => {
  const declared = topicCatalogue(parseRetryTiers(retryTiers))
  const { missing, drift } = await admin.planTopics(declared)
  return declared.map(({ name, partitions, config }) => {
    const place = { area: 'Kafka', name: `topic ${name}` }
    if (missing.includes(name))
      return { ...place, ok: false, detail: 'missing', todo: 'create it with `pokepedia topics apply`' }
    const differences = drift.filter(({ topic }) => topic === name)
    if (differences.length === 0) {
      const days = Number(config['retention.ms']) / 86_400_000
      return { ...place, ok: true, detail: `${partitions} partitions, kept for ${days} days` }
    }
    const detail = differences.map(({ what, declared: wanted, actual }) => `${what} is ${actual}, declared ${wanted}`)
    const todo = 'change it with kafka-configs or kafka-topics --alter; it is never changed from here'
    return { ...place, ok: false, detail: detail.join('; '), todo }
  })
}

const groupChecks = async (admin: KafkaAdmin): Promise<Check[]> => {
  const names = queues.flatMap((queue) => [queue.group, retryGroup(queue)])
  const described = await admin.members(names)
  return names.map((group) => {
    const { state, members } = described.find((one) => one.group === group) ?? { state: 'Dead', members: 0 }
    const todo = `start the service ${group.replace(/\.retry$/, '')}; its log says why it is not there`
    return {
      ...{ area: 'Kafka', name: `group ${group}`, ok: members > 0, detail: `${state}, ${members} members` },
      ...(members > 0 ? {} : { todo }),
    }
  })
}

/** Brokers, each topic against its declaration, and who reads. */
export const kafkaProbes = (stack: StackJson, retryTiers: string): Probe[] => {
  const withAdmin = async (work: (admin: KafkaAdmin) => Promise<Check[]>): Promise<Check[]> => {
    await using admin = await openAdmin(kafkaOf(stack))
    return await work(admin)
  }
  const todo = 'see that the brokers run and that KAFKA_BROKERS names them as they advertise themselves'
  return [
    {
      ...{ area: 'Kafka', name: `brokers ${stack.kafka}`, todo },
      look: () =>
        withAdmin(async (admin) => {
          const brokers = {
            area: 'Kafka',
            name: `brokers ${stack.kafka}`,
            ok: true,
            detail: `${await admin.brokers()}`,
          }
          return [brokers, ...(await topicChecks(admin, retryTiers)), ...(await groupChecks(admin))]
        }),
    },
  ]
}
