import { type ErrorCode, errors, isPipelineError, messageOf, type PipelineError } from '@pokepedia/errors'
import { S3Error } from 'minio'

// Error codes of the S3 API (AWS, "Error responses"), and those of MinIO, which start with XMinio.
const BY_CODE: readonly (readonly [RegExp, ErrorCode])[] = [
  [
    /^(NoSuchBucket|InvalidBucketName|AccessDenied|AccountProblem|AllAccessDisabled|InvalidAccessKeyId|SignatureDoesNotMatch|AuthorizationHeaderMalformed|RequestTimeTooSkewed|PermanentRedirect|MovedPermanently)$/,
    's3_config',
  ],
  [
    /^(EntityTooLarge|KeyTooLongError|Invalid(Argument|Request|URI|ObjectName)|MetadataTooLarge|NoSuchKey)$/,
    'object_refused',
  ],
  [/^(XMinio.*|SlowDown.*|InternalError|ServiceUnavailable|RequestTimeout|OperationAborted|)$/, 's3_unavailable'],
]

/** The S3 error code, or that of a failed connection; empty when there is neither. */
export const s3CodeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''

const classOf = (cause: unknown): ErrorCode => {
  // A verdict we don't know is tried again and then dead: as an outage it would hold up everything behind it.
  if (cause instanceof S3Error) return BY_CODE.find(([pattern]) => pattern.test(s3CodeOf(cause)))?.[1] ?? 'internal'
  // The client's own checks, before anything is sent.
  if (cause instanceof Error && /^(Invalid(Argument|ObjectName|Prefix)|IncorrectSize)Error$/.test(cause.name))
    return 'object_refused'
  if (cause instanceof TypeError || cause instanceof RangeError) return 'internal'
  return 's3_unavailable'
}

/** What a failure of the object store means. Connections that are refused or break are the store being away. */
export const s3Error = (what: string, cause: unknown): PipelineError => {
  if (isPipelineError(cause)) return cause
  const code = s3CodeOf(cause)
  return errors(classOf(cause), `${what}: ${messageOf(cause)}${code ? ` (${code})` : ''}`, { cause })
}
