import { errors } from '@pokepedia/errors'

/** The answer if it comes within the limit; else throws `pg_unavailable`. A frozen server answers nothing for long. */
export const inTime = async <Result>(what: string, limitMs: number, answer: Promise<Result>): Promise<Result> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(errors('pg_unavailable', `${what}: no answer within ${limitMs} ms`)), limitMs)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
