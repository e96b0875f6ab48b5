export {
  depthOf,
  groupTopics,
  type LagSnapshot,
  type LagSources,
  type QueueDepth,
  readLag,
} from './lag/read-lag.ts'
