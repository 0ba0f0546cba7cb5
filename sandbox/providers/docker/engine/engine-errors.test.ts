import { describe, expect, it } from 'vitest';
import { LabError } from '../../../errors.ts';
import { engineCall, hasStatus, quickCall, translateEngineError } from './engine-errors.ts';

const fault = (properties: object): Error => Object.assign(new Error('it broke'), properties);

describe('an error of the engine', () => {
  it.each([
    { code: 'ENOENT', syscall: 'connect' },
    { code: 'EACCES', syscall: 'connect' },
    { code: 'ECONNREFUSED', syscall: 'connect' },
    { code: 'ENOTFOUND', syscall: 'getaddrinfo' },
    { code: 'ECONNRESET' },
    { code: 'EPIPE', syscall: 'write' },
  ])('with $code on $syscall means that the engine is away', (properties) => {
    const cause = fault(properties);
    expect(translateEngineError(cause)).toMatchObject({ code: 'LAB_ENGINE_UNREACHABLE', cause });
  });

  it('has a hint for a user who may not connect', () => {
    const refused = translateEngineError(fault({ code: 'EACCES', syscall: 'connect' }));
    expect(refused).toMatchObject({ hint: expect.stringContaining('"docker" group') as string });
  });

  it('is not confused with a missing file', () => {
    const missing = fault({ code: 'ENOENT', syscall: 'open' });
    expect(translateEngineError(missing)).toBe(missing);
  });

  it('means a full disk, whatever the status', () => {
    const full = fault({
      statusCode: 500,
      message: '(HTTP code 500) write /x: no space left on device ',
    });
    expect(translateEngineError(full)).toMatchObject({ code: 'LAB_DISK_FULL' });
  });

  it('passes unchanged when it has a code or is unknown', () => {
    const coded = new LabError('LAB_CLUSTER_TIMEOUT', 'late');
    const unknown = fault({ statusCode: 409 });
    expect(translateEngineError(coded)).toBe(coded);
    expect(translateEngineError(unknown)).toBe(unknown);
    expect(hasStatus(unknown, 404, 409)).toBe(true);
    expect(hasStatus(undefined, 404)).toBe(false);
    expect(translateEngineError('words')).toEqual(new Error('words'));
  });
});

describe('a call', () => {
  it('resolves with the answer of the engine, or rejects with its error, translated', async () => {
    await expect(engineCall(async () => Promise.resolve(1))).resolves.toBe(1);
    await expect(quickCall(async () => Promise.resolve(2))).resolves.toBe(2);
    const broken = async (): Promise<never> => Promise.reject(fault({ code: 'EPIPE' }));
    await expect(engineCall(broken)).rejects.toMatchObject({ code: 'LAB_ENGINE_UNREACHABLE' });
    await expect(quickCall(broken)).rejects.toMatchObject({ code: 'LAB_ENGINE_UNREACHABLE' });
  });

  it('that is never answered times out and is aborted', async () => {
    let limit: AbortSignal | undefined;
    const call = quickCall(async (signal) => {
      limit = signal;
      return new Promise(() => undefined);
    }, 20);
    await expect(call).rejects.toMatchObject({ code: 'LAB_ENGINE_UNREACHABLE' });
    expect(limit?.aborted).toBe(true);
  });

  it('that fails after its timeout raises no unhandled rejection', async () => {
    let fail: (error: Error) => void = () => undefined;
    const call = quickCall(async () => new Promise((_, reject) => (fail = reject)), 5);
    await expect(call).rejects.toMatchObject({ code: 'LAB_ENGINE_UNREACHABLE' });
    fail(new Error('too late'));
    // An unhandled rejection would fail the run.
    await new Promise((resolve) => setImmediate(resolve));
  });
});
