import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRegistry, problem, serve } from '@pokepedia/service'
import { createApp } from '@pokepedia/service/http'
import { Router } from 'express'
import { ACTIONS, addActionMetrics } from '../src/action-metrics.ts'
import { openapi } from '../src/openapi.ts'
import { log, until } from './support.ts'

test('every route that changes something has an action', () => {
  const changing = Object.entries(openapi.paths)
    .filter(([, operations]) => Object.keys(operations).some((method) => method !== 'get'))
    .map(([path]) => path.replaceAll(/\{(\w+)\}/g, ':$1'))
  assert.deepEqual(changing.toSorted(), Object.keys(ACTIONS).toSorted())
})

test('an action is counted by what became of it, and begins at zero', async () => {
  const registry = createRegistry('test', { version: '0', revision: 'none' })
  const routes = addActionMetrics(Router(), registry)
    .post('/v1/seed', (_request, response) => void response.status(202).end())
    .post('/v1/redrives/:id/cancel', () => {
      throw problem(404, 'redrive_unknown', 'there is none')
    })
    .post('/v1/redrives', () => {
      throw new Error('a defect')
    })
  await using server = await serve(createApp({ log, checks: [], registry, routes }), { host: '127.0.0.1', port: 0 })
  const post = (path: string, body: object): Promise<Response> =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const counts = async (): Promise<string[]> =>
    (await registry.metrics()).split('\n').filter((line) => /^pokepedia_ui_actions_total\{.*[1-9]$/.test(line))
  assert.deepEqual(await counts(), [])
  assert.match(await registry.metrics(), /ui_actions_total\{action="pause",result="done"\} 0/)

  await post('/v1/seed', {})
  await post('/v1/seed', { dryRun: true })
  await post('/v1/redrives/secret-id/cancel', {})
  await post('/v1/redrives', {})
  await until('four actions', counts, (lines) => lines.length === 4)
  assert.deepEqual((await counts()).toSorted(), [
    'pokepedia_ui_actions_total{action="cancel_redrive",result="refused"} 1',
    'pokepedia_ui_actions_total{action="redrive",result="failed"} 1',
    'pokepedia_ui_actions_total{action="seed",result="done"} 1',
    'pokepedia_ui_actions_total{action="seed",result="dry_run"} 1',
  ])
})
