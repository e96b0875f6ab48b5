/** What one host may be asked at most, by all processes together. */
export interface HostBudget {
  /** `host` for the scheme's own port, `host:port`, or `*` for every other public host, each on its own. */
  readonly host: string
  /** In any second; may be a fraction. */
  readonly requestsPerSecond: number
  readonly inFlight: number
}

export interface TurnRequest {
  /** As a URL has it: with the port where it is not the scheme's own. */
  readonly host: string
  readonly requestsPerSecond: number
  /** How many turns; none just says that the host is still in use. */
  readonly wanted: number
  /** Whether the host has answered well since the last request of this process. */
  readonly succeeded: boolean
}

/** Turns of one process: moments at which one request may leave, which no other process has. */
export interface Turns {
  readonly turns: number
  /** From when they were given. */
  readonly firstInMs: number
  readonly spacingMs: number
  /** Processes that ask this host now, this one included. */
  readonly users: number
  /** What the host bears at present, the budget at most. */
  readonly requestsPerSecond: number
  /** 0 when it has not asked for silence; there are no turns meanwhile. */
  readonly silentForMs: number
}

export interface SlowDown {
  /** As a URL has it. */
  readonly host: string
  readonly requestsPerSecond: number
  /** 0 when the host did not ask for silence. */
  readonly silenceMs: number
}

export interface Slowed {
  /** Whether the rate was halved by this; it is once a second at most. */
  readonly slowed: boolean
  readonly requestsPerSecond: number
  readonly silentForMs: number
}

/** Where the processes that ask one host agree on when. The storage package keeps it in Postgres. */
export interface HostTurns {
  /** Takes turns, one at least when any is wanted and the host is not silent. Throws classified errors. */
  take(request: TurnRequest): Promise<Turns>
  /** Tells all that a host has asked for less. Throws classified errors. */
  slowDown(slowDown: SlowDown): Promise<Slowed>
}
