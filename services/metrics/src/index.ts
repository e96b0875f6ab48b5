export { addEventRoutes } from './events.ts'
export { statusRoutes } from './http.ts'
export {
  depthOf,
  groupTopics,
  type LagSnapshot,
  type LagSources,
  type QueueDepth,
  readLag,
} from './lag/read-lag.ts'
export { loadPageAssets } from './page/assets.ts'
export type { Status } from './status.ts'
