/** Where `lab` asks, inside the workstation; the learner can open it. */
export const LAB_SOCKET = '/run/kindlab/lab.sock';
/** Where the server comes to answer; only root can open it. */
export const SERVER_SOCKET = '/run/kindlab/server.sock';

/** Of one request; the longest that makes sense has some 200. */
export const MAX_REQUEST_BYTES = 2 * 1024;
/** Of one answer; a step's evidence has some kilobytes. */
export const MAX_ANSWER_BYTES = 256 * 1024;
/** Those that a server answers at the same time, and connections that the supervisor holds. */
export const MAX_REQUESTS = 8;
/** How long the server may take: a cluster that wakes, a check that is asked. */
export const ANSWER_MS = 40_000;
