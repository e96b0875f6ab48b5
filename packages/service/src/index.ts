export type { HostBudget, HostTurns, SlowDown, Slowed, TurnRequest, Turns } from './host-budgets/host-turns.ts'
export type { Check, CheckResult } from './http/health.ts'
export type { AppOptions } from './http/http.ts'
export { type Operation, tooManyChanges, withRefusals } from './http/openapi.ts'
export { HttpProblem, problem } from './http/problem.ts'
export { type RunningServer, serve } from './http/serve.ts'
export { parsed } from './parsed.ts'
export { type Clock, processClock } from './process/clock.ts'
export { type KillStep, killPoint } from './process/kill-point.ts'
export { patiently } from './process/patiently.ts'
export { type Repeating, repeat } from './process/repeat.ts'
export { Scope } from './process/scope.ts'
export { runMain, untilStopped } from './process/stop.ts'
export { configFaults, givenSettings, loadConfig } from './settings/config.ts'
export { secondsOf } from './settings/duration.ts'
export { envExample } from './settings/env-example.ts'
export {
  type ResourceSettings,
  readResourceSettings,
  resourceSettingsOf,
  type TypeSettings,
  typeBudgetOf,
} from './settings/resource-settings.ts'
export { settings } from './settings/settings.ts'
export { readSettingsFile } from './settings/settings-file.ts'
export { DURATION_EDGES_S, PROCESS_EDGES_S, WAIT_EDGES_S } from './telemetry/edges.ts'
export { createLog, type Log } from './telemetry/log.ts'
export { createRegistry } from './telemetry/registry.ts'
export { scrub } from './telemetry/scrub.ts'
export { timed } from './telemetry/timed.ts'
export { type JsonDocument, jsonDocumentOf, jsonObjectOf, jsonTextOf } from './upstream/json.ts'
export type { Upstream, UpstreamOptions } from './upstream/upstream.ts'
export type { GetOptions, UpstreamAnswer } from './upstream/upstream-answer.ts'
export { upstreamOptions } from './upstream/upstream-options.ts'
