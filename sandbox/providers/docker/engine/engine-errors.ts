import { LabError } from '../../../errors.ts';

/** What dockerode throws: with the engine's HTTP status, or with the socket's error code. */
interface EngineFault {
  statusCode?: number;
  code?: string;
  syscall?: string;
  message?: string;
}

/** The engine went away. */
const BROKEN = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);
/** There is no engine; missing files have some of these codes as well. */
const NOT_CONNECTED = new Set(['ENOENT', 'EACCES', 'ENOTFOUND', 'EHOSTUNREACH']);

/** The time limit for calls that cost the engine little or no work. */
const ANSWER_MS = 60_000;

/** Whether the engine answered with this HTTP status. */
export function hasStatus(error: unknown, ...statuses: number[]): boolean {
  const status = (error as EngineFault | undefined)?.statusCode;
  return status !== undefined && statuses.includes(status);
}

/** Gives the engine's failures their codes; anything else passes unchanged. */
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

/**
 * Runs a call to the engine and translates its errors. For calls that last as long as the work they
 * start; see {@link quickCall} for others.
 */
export async function engineCall<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translateEngineError(error);
  }
}

/**
 * Runs calls that the engine answers soon. After `timeoutMs`, a minute by default, the engine
 * counts as hung and the call rejects with `LAB_ENGINE_UNREACHABLE`.
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
