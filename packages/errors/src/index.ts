export {
  attemptsOf,
  DEPENDENCIES,
  type Dependency,
  dependencyOf,
  ERROR_CODES,
  type ErrorClass,
  type ErrorCode,
  errorClassOf,
  errorHintOf,
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
