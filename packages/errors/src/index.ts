export { attemptsOf, ERROR_CODES, type ErrorClass, type ErrorCode, errorClassOf, errorHintOf } from './codes.ts'
export {
  classify,
  errors,
  isPipelineError,
  messageOf,
  PipelineError,
  type PipelineErrorOptions,
} from './pipeline-error.ts'
