import { LabError } from '../../../errors.ts';

/** What dockerode throws: the engine's HTTP status, or the socket's error code. */
interface EngineFault {
  statusCode?: number;
  code?: string;
  syscall?: string;
  message?: string;
}

/** An engine that went away, or that never was there: files that lack have some of these codes as well. */
const BROKEN = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);
const NOT_CONNECTED = new Set(['ENOENT', 'EACCES', 'ENOTFOUND', 'EHOSTUNREACH']);

/** The engine is given this long to answer what takes it no work, or little. */
const ANSWER_MS = 60_000;

/** Whether the engine answered with this HTTP status. */
export function hasStatus(error: unknown, ...statuses: number[]): boolean {
  const status = (error as EngineFault | undefined)?.statusCode;
  return status !== undefined && statuses.includes(status);
}

/** Gives the engine's own failures their codes; anything else passes unchanged. */
export function translateEngineError(error: unknown): Error {
  if (error instanceof LabError) return error;
  const { code = '', syscall, message = '' } = (error ?? {}) as EngineFault;
  if (/no space left on device/i.test(message)) {
    return new LabError('LAB_DISK_FULL', `The container engine says: ${message.trim()}`, {
      cause: error,
    });
  }
  const isConnecting = syscall === 'connect' || syscall === 'getaddrinfo';
  if (BROKEN.has(code) || (isConnecting && NOT_CONNECTED.has(code))) {
    const options =
      code === 'EACCES'
        ? {
            cause: error,
            hint: 'Add this user to the "docker" group and log in again, or start as root.',
          }
        : { cause: error };
    return new LabError(
      'LAB_ENGINE_UNREACHABLE',
      `The container engine does not answer (${code}).`,
      options,
    );
  }
  return error instanceof Error ? error : new Error(String(error));
}

/** Runs one call to the engine and translates what it throws. For calls that take as long as the work they stand for. */
export async function engineCall<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translateEngineError(error);
  }
}

/**
 * Runs calls to the engine that are answered soon, by default within a minute; an engine that hangs is `LAB_ENGINE_UNREACHABLE` then.
 *
 * @param call gets a signal that is aborted when the time is up
 */
export async function quickCall<T>(
  call: (limit: AbortSignal) => Promise<T>,
  timeoutMs = ANSWER_MS,
): Promise<T> {
  const limit = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new LabError(
        'LAB_ENGINE_UNREACHABLE',
        `The container engine did not answer within ${timeoutMs / 1000} seconds.`,
      );
      reject(error);
      limit.abort(error);
    }, timeoutMs);
  });
  try {
    return await Promise.race([engineCall(async () => call(limit.signal)), late]);
  } finally {
    clearTimeout(timer);
  }
}
