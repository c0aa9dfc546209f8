/** One line of what happened, for the merchant's log. Carries codes and our numbers, never keys, tokens or openids. */
export interface LogEntry {
  level: 'info' | 'warn' | 'error'
  /** Name of what happened, e.g. `notification.refused`. */
  event: string
  [field: string]: unknown
}

/** Takes log entries; nothing is printed unless the merchant prints it. */
export type Log = (entry: LogEntry) => void
