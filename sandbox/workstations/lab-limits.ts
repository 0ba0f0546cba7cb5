/** For one request. The longest valid one has about 200 bytes. */
export const MAX_REQUEST_BYTES = 2 * 1024;
/** For one answer. The evidence of a step has some kilobytes. */
export const MAX_ANSWER_BYTES = 256 * 1024;
/** The server answers this many at a time, and the supervisor accepts this many connections. */
export const MAX_REQUESTS = 8;
/** Time for the server to answer: it may have to wake the cluster or run checks. */
export const ANSWER_MS = 40_000;
