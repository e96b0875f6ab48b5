export { absolute } from './absolute.ts'
export { putFaults } from './control.ts'
export { FAULT_KINDS, type FaultRule, faultRulesSchema } from './faults.ts'
export { mediaBytes } from './media/media.ts'
export type { RequestCounts, RequestReport } from './request-log.ts'
export {
  type SampleSource,
  type SampleUpstream,
  type SampleUpstreamOptions,
  startSampleUpstream,
} from './upstream.ts'
export { writeApiData } from './write-api-data.ts'
