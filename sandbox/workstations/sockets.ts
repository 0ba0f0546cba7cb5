/** Where the supervisor serves terminals, inside the workstation. Only root can open it. */
export const SUPERVISOR_SOCKET = '/run/kindlab/supervisor.sock';
/** Where `lab` sends its requests. The learner can open it. */
export const LAB_SOCKET = '/run/kindlab/lab.sock';
/** Where the server connects to answer them. Only root can open it. */
export const SERVER_SOCKET = '/run/kindlab/server.sock';
