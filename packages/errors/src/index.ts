export { type ErrorClass, type ErrorCode, ERROR_CODES, errorClassOf, errorHintOf } from './codes.ts'
export { classify, errors, isPipelineError, messageOf, PipelineError, type PipelineErrorOptions } from './pipeline-error.ts'
