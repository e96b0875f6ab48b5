import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { consumers } from './dashboards/consumers.ts'
import { dependencies } from './dashboards/dependencies.ts'
import { failures } from './dashboards/failures.ts'
import { overview } from './dashboards/overview.ts'
import { runbooks } from './dashboards/runbooks.ts'
import { runs } from './dashboards/runs.ts'
import { services } from './dashboards/services.ts'

const dashboards: readonly Dashboard[] = [overview, consumers, failures, dependencies, runs, services, runbooks]

/** The text of each dashboard's file, by the file's name. */
export const dashboardFiles: Readonly<Record<string, string>> = Object.fromEntries(
  dashboards.map((dashboard) => [`${dashboard.uid}.json`, `${JSON.stringify(dashboard, null, 2)}\n`]),
)
