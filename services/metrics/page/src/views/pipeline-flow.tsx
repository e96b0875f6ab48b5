import { count } from '../../../src/page/format.ts'
import type { Queue, Status } from '../contract.ts'
import { hrefOf } from '../state/route.ts'

type Mood = 'calm' | 'busy' | 'bad' | 'held'

interface Step {
  readonly name: string
  readonly text: string
  readonly mood: Mood
  readonly href: string
}

const waiting = ({ ready, delayed, blocked }: Queue): string => {
  const rest = [
    ...(delayed > 0 ? [`${count(delayed)} delayed`] : []),
    ...(blocked > 0 ? [`${count(blocked)} blocked`] : []),
  ]
  return [`${count(ready)} ready`, ...rest].join(', ')
}

const groupStep = ({ groups, pauses, breakers }: Status, queue: Queue, group: string): Step => {
  const members = groups.find((one) => one.group === group)?.members ?? 0
  const isPaused = (pauses ?? []).some((pause) => pause.group === group)
  const isBlocked = (breakers ?? []).some(({ service, state }) => service === group && state === 'open')
  const text = isPaused ? 'paused' : isBlocked ? 'breaker open' : `${members} ${members === 1 ? 'member' : 'members'}`
  const mood = isPaused ? 'held' : isBlocked || members === 0 ? 'bad' : queue.ready > 0 ? 'busy' : 'calm'
  return { name: group, text, mood, href: hrefOf('health') }
}

const stepsOf = (status: Status): Step[] => {
  const open = (status.runs ?? []).filter(({ finishedAt }) => finishedAt === null)
  const ofQueues = status.queues.flatMap((queue) => {
    const group = status.partitions.find(({ topic }) => topic === queue.queue)?.group
    const mood: Mood = queue.blocked > 0 ? 'bad' : queue.ready + queue.delayed > 0 ? 'busy' : 'calm'
    const topic = {
      name: queue.queue,
      text: waiting(queue),
      mood,
      href: hrefOf('queues', null, { partitions: queue.queue }),
    }
    return group === undefined ? [topic] : [topic, groupStep(status, queue, group)]
  })
  const seeder: Step = {
    name: 'seeder',
    text: open.length === 0 ? 'no open run' : `${open.length} open ${open.length === 1 ? 'run' : 'runs'}`,
    mood: open.length > 0 ? 'busy' : 'calm',
    href: hrefOf('runs'),
  }
  return [seeder, ...ofQueues]
}

/** The way of an event through the pipeline, with what waits or works at each step. */
export const PipelineFlow = ({ status }: { status: Status }) => (
  <ol class="flow" aria-label="The pipeline, step by step">
    {stepsOf(status).map(({ name, text, mood, href }) => (
      <li key={name} data-mood={mood}>
        <a href={href}>
          <span class="flow-name">{name}</span>
          <span class="flow-text">{text}</span>
        </a>
      </li>
    ))}
    <li data-mood="calm">
      <a href={hrefOf('pokedex')}>
        <span class="flow-name">Pokédex</span>
        <span class="flow-text">see the copy</span>
      </a>
    </li>
  </ol>
)
