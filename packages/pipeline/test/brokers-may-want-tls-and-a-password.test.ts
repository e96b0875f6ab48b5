import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isPipelineError } from '@pokepedia/errors'
import { KAFKA_MECHANISMS, openAdmin, openKafka, openProducer } from '../src/index.ts'
import { log } from './support.ts'

const text = readFileSync(process.env['POKEPEDIA_TEST_STACK'] ?? '', 'utf8')
const given = (name: string): string => new RegExp(`"secured".*"${name}":"?([^",}]+)`).exec(text)?.[1] ?? ''
const brokers = [`127.0.0.1:${given('kafkaPort')}`]

for (const mechanism of KAFKA_MECHANISMS) {
  const clientWith = (password: string) => {
    const sasl = { mechanism, username: given('username'), password }
    return openKafka({ brokers, clientId: 'test', tls: true, sasl }, log)
  }

  test(`${mechanism} over TLS: topics are made and looked at, a producer connects`, async () => {
    const client = clientWith(given('password'))
    await using admin = await openAdmin(client)
    const topic = { name: `test.${mechanism}.${process.pid}`, partitions: 1, config: {} }
    assert.deepEqual(await admin.ensureTopics([topic]), { created: [topic.name], drift: [] })
    await using producer = await openProducer(client)
    assert.ok(producer)
  })

  test(`${mechanism}: a wrong password is kafka_config at once, says what to do and does not say the password`, async () => {
    const password = 'nobody-has-this-password'
    await assert.rejects(openAdmin(clientWith(password)), (error) => {
      assert.ok(isPipelineError(error))
      assert.deepEqual([error.code, error.class], ['kafka_config', 'fatal'])
      assert.match(error.message, /check KAFKA_SASL_MECHANISM, KAFKA_USERNAME and KAFKA_PASSWORD$/)
      assert.ok(!error.message.includes(password))
      return true
    })
  })
}
