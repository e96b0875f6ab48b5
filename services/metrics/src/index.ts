export { depthOf, groupTopics, type LagSnapshot, type QueueDepth, readLag } from './lag.ts'
