export {
  attemptsOf,
  DEPENDENCIES,
  type Dependency,
  dependencyOf,
  type ErrorClass,
  type ErrorCode,
  errorClassOf,
  errorHintOf,
  KNOWN_CODES,
} from './codes.ts'
export { ERROR_MESSAGE_LIMIT, errorMessage } from './message.ts'
export {
  classify,
  errors,
  isPipelineError,
  messageOf,
  PipelineError,
  type PipelineErrorOptions,
} from './pipeline-error.ts'
