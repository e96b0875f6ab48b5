import type { AvroReader } from '@pokepedia/events'
import { type Log, parsed, problem } from '@pokepedia/service'
import {
  cancelRedrive,
  createRedrive,
  discardLetters,
  getLetter,
  getRedrive,
  letterGroups,
  listLetters,
  listRedrives,
  previewRedrive,
  type Redrive,
  type Store,
} from '@pokepedia/storage'
import type { RequestHandler, Router } from 'express'
import {
  chosen,
  discardBody,
  groupsQuery,
  letterId,
  lettersQuery,
  redriveBody,
  redriveId,
  redrivesQuery,
} from './requests.ts'
import { letterDetails, redriveView } from './views.ts'

export interface DeadLetterRoutesOptions {
  readonly store: Store
  /** By queue name. */
  readonly readers: ReadonlyMap<string, AvroReader>
  /** How often an event is redriven at most. */
  readonly maxCount: number
  /** Told of each new redrive. */
  readonly onRedrive: () => void
  readonly log: Log
}

const letters =
  ({ store }: DeadLetterRoutesOptions): RequestHandler =>
  async (request, response) => {
    const { state, before, limit, ...filter } = parsed(lettersQuery, request.query, 'the query')
    const found = await listLetters(store, { filter, state: state === 'all' ? null : state, before, limit })
    response.json({ letters: found, next: found.length === limit ? (found.at(-1)?.id ?? null) : null })
  }

const groups =
  ({ store }: DeadLetterRoutesOptions): RequestHandler =>
  async (request, response) => {
    const { state, ...filter } = parsed(groupsQuery, request.query, 'the query')
    response.json({ groups: await letterGroups(store, { filter, state: state === 'all' ? null : state }) })
  }

const oneLetter =
  ({ store, readers }: DeadLetterRoutesOptions): RequestHandler =>
  async (request, response) => {
    const id = parsed(letterId, request.params['id'], 'the id')
    const letter = await getLetter(store, id)
    if (!letter) throw problem(404, 'dead_letter_unknown', `there is no dead letter ${id}`)
    response.json(await letterDetails(letter, readers))
  }

const discard =
  ({ store, log }: DeadLetterRoutesOptions): RequestHandler =>
  async (request, response) => {
    const filter = chosen(parsed(discardBody, request.body ?? {}, 'the body'))
    const discarded = await discardLetters(store, filter)
    log.info({ event: 'dead_letters.discarded', filter, letters: discarded }, `${discarded} dead letters discarded`)
    response.json({ discarded })
  }

const redrive =
  ({ store, maxCount, onRedrive, log }: DeadLetterRoutesOptions): RequestHandler =>
  async (request, response) => {
    const { rate, dryRun, ...choice } = parsed(redriveBody, request.body ?? {}, 'the body')
    const filter = chosen(choice)
    if (dryRun) return void response.json(await previewRedrive(store, { filter, maxCount }))
    const created = await createRedrive(store, { filter, rate, maxCount })
    const { id, selected, overCap } = created
    const facts = { event: 'redrive.created', redrive_id: id, filter, letters: selected, over_cap: overCap, rate }
    log.info(facts, `redrive ${id}: ${selected} letters`)
    onRedrive()
    response.status(202).location(`/v1/redrives/${id}`).json(redriveView(created))
  }

const redrives =
  ({ store }: DeadLetterRoutesOptions): RequestHandler =>
  async (request, response) => {
    const { limit } = parsed(redrivesQuery, request.query, 'the query')
    response.json({ redrives: (await listRedrives(store, limit)).map(redriveView) })
  }

const found = async (store: Store, id: string): Promise<Redrive> => {
  const redrive = await getRedrive(store, id)
  if (!redrive) throw problem(404, 'redrive_unknown', `there is no redrive ${id}`)
  return redrive
}

const oneRedrive =
  ({ store }: DeadLetterRoutesOptions): RequestHandler =>
  async (request, response) => {
    const id = parsed(redriveId, request.params['id'], 'the id')
    response.json(redriveView(await found(store, id)))
  }

const cancel =
  ({ store, log }: DeadLetterRoutesOptions): RequestHandler =>
  async (request, response) => {
    const id = parsed(redriveId, request.params['id'], 'the id')
    const { state } = await found(store, id)
    if (!(await cancelRedrive(store, id)) && state !== 'cancelled')
      throw problem(409, 'redrive_sent', `redrive ${id} has sent all its letters; there is nothing left to cancel`)
    log.info({ event: 'redrive.cancelled', redrive_id: id }, `redrive ${id} cancelled`)
    response.json(redriveView(await found(store, id)))
  }

/** Adds the routes of dead letters and their redrives; `openapi.ts` describes them. */
export const addDeadLetterRoutes = (router: Router, options: DeadLetterRoutesOptions): Router =>
  router
    .get('/v1/dead-letters', letters(options))
    .get('/v1/dead-letters/groups', groups(options))
    .get('/v1/dead-letters/:id', oneLetter(options))
    .post('/v1/dead-letters/discard', discard(options))
    .post('/v1/redrives', redrive(options))
    .get('/v1/redrives', redrives(options))
    .get('/v1/redrives/:id', oneRedrive(options))
    .post('/v1/redrives/:id/cancel', cancel(options))
