import { pino, type Logger } from 'pino';

export type Log = Logger;

/**
 * The server's logger, which writes JSON lines. `info` marks the edges of lifetimes, `warn` what
 * was retried or degraded, `error` what a human must look at. Never log keystrokes, tokens or
 * kubeconfigs.
 */
export function createLog(level: string, destination?: string): Log {
  const options = {
    level,
    base: null,
    redact: ['req.headers.cookie', 'req.headers.authorization'],
  };
  return destination === undefined
    ? pino(options)
    : // Synchronous, because the last line before an exit matters most.
      pino(options, pino.destination({ dest: destination, mkdir: true, append: true, sync: true }));
}
