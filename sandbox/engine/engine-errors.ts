import { LabError } from '../errors.ts';

/** What dockerode throws: the engine's HTTP status, or the socket's error code. */
interface EngineFault {
  statusCode?: number;
  code?: string;
  message?: string;
  reason?: string;
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'EACCES',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
]);

/** Whether the engine answered with this HTTP status. */
export function hasStatus(error: unknown, ...statuses: number[]): boolean {
  const status = (error as EngineFault | undefined)?.statusCode;
  return status !== undefined && statuses.includes(status);
}

/** Gives the engine's own failures their codes; anything else passes unchanged. */
export function translateEngineError(error: unknown): Error {
  if (error instanceof LabError) return error;
  const { code, message = '' } = (error ?? {}) as EngineFault;
  if (/no space left on device/i.test(message)) {
    return new LabError('LAB_DISK_FULL', `The container engine says: ${message.trim()}`, {
      cause: error,
    });
  }
  if (code !== undefined && UNREACHABLE.has(code)) {
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

/** Runs one call to the engine and translates what it throws. */
export async function engineCall<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translateEngineError(error);
  }
}
