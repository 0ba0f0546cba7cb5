import { pino } from 'pino';

/** A log that discards everything. */
export const quiet = pino({ level: 'silent' });
