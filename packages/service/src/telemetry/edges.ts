/** Bucket edges in seconds of OpenTelemetry's messaging and HTTP durations. */
export const DURATION_EDGES_S = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** The same, and the deadline of a handler. */
export const PROCESS_EDGES_S = [...DURATION_EDGES_S, 30]

/** For what takes from moments to a day: waiting in a queue, and the whole way of an event. */
export const WAIT_EDGES_S = [0.1, 0.5, 1, 5, 15, 30, 60, 300, 900, 1_800, 3_600, 14_400, 86_400]
