import type { z } from 'zod'
import { problem } from './http/problem.ts'

/** Faults named in an answer; a body can have thousands of them. */
const MAX_FAULTS = 5

/** The first faults of what a client sent, in one line. */
const faultsOf = ({ issues }: z.ZodError): string => {
  const named = issues.slice(0, MAX_FAULTS).map(({ path, message }) => {
    const where = path.map(String).join('.')
    return where === '' ? message : `${where}: ${message}`
  })
  const more = issues.length - named.length
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}

/** What a client sent, parsed; `what` names the part of the request. Throws a problem 400 `request_invalid`. */
export const parsed = <Shape extends z.ZodType>(schema: Shape, value: unknown, what: string): z.output<Shape> => {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw problem(400, 'request_invalid', `${what}: ${faultsOf(result.error)}`)
}
