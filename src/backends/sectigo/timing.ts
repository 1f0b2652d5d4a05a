// How long calls may take and who goes first, in one place, because they are promises of the documentation.

/** Reads are quick or the CA is in trouble. */
export const READ_TIMEOUT_MS = 30_000
/** A report is made while one waits for it. */
export const REPORT_TIMEOUT_MS = 60_000
/** Enrolments of minutes were seen; giving up earlier would only turn answers into orders of unknown fate. */
export const ENROL_TIMEOUT_MS = 120_000

/** Smaller goes first. For a decline nobody waits. */
export const ranks = { submit: 0, fetch: 0, firstLook: 1, check: 1, look: 2, find: 3, end: 4 } as const
