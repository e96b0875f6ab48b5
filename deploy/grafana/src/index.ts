export { type CommittedDashboard, type CommittedQuery, committedDashboards, queriesOf } from './committed.ts'
