import { queues, retryGroup } from '@pokepedia/events'
import { type Log, parsed, problem } from '@pokepedia/service'
import { groupPauses, pauseGroup, resumeGroup, type Store } from '@pokepedia/storage'
import type { Request, RequestHandler, Router } from 'express'
import { z } from 'zod'

export interface GroupRoutesOptions {
  readonly store: Store
  readonly log: Log
}

const GROUPS = queues.flatMap((queue) => [queue.group, retryGroup(queue)])

/** The body of a pause. The reason is for those who find the group paused. */
export const pauseBody = z.strictObject({ reason: z.string().trim().min(1).max(200) })
const resumeBody = z.strictObject({})

const groupIn = (request: Request): string => {
  const group = String(request.params['group'])
  if (GROUPS.includes(group)) return group
  throw problem(404, 'group_unknown', `there is no group of this name; the groups are ${GROUPS.join(', ')}`)
}

const pause =
  ({ store, log }: GroupRoutesOptions): RequestHandler =>
  async (request, response) => {
    const group = groupIn(request)
    const { reason } = parsed(pauseBody, request.body ?? {}, 'the body')
    const paused = await pauseGroup(store, group, reason)
    log.info({ event: 'group.pause_requested', group, reason }, `${group} is to stand still: ${reason}`)
    response.json({ group, paused: { reason, at: paused?.at ?? null } })
  }

const resume =
  ({ store, log }: GroupRoutesOptions): RequestHandler =>
  async (request, response) => {
    const group = groupIn(request)
    parsed(resumeBody, request.body ?? {}, 'the body')
    if (await resumeGroup(store, group)) log.info({ event: 'group.resume_requested', group }, `${group} is to go on`)
    response.json({ group, paused: null })
  }

const list =
  ({ store }: GroupRoutesOptions): RequestHandler =>
  async (_request, response) => {
    const pauses = new Map((await groupPauses(store)).map(({ group, reason, at }) => [group, { reason, at }]))
    response.json({ groups: GROUPS.map((group) => ({ group, paused: pauses.get(group) ?? null })) })
  }

/** Adds the routes that pause and resume consumer groups; a pause holds until it is taken back, over every restart. */
export const addGroupRoutes = (router: Router, options: GroupRoutesOptions): Router =>
  router
    .get('/v1/groups', list(options))
    .post('/v1/groups/:group/pause', pause(options))
    .post('/v1/groups/:group/resume', resume(options))
