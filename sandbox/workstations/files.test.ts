import { PassThrough, Readable } from 'node:stream';
import { expect, it } from 'vitest';
import type { FileList } from '../../src/protocol/files.ts';
import { workstationFiles } from './files.ts';

const MIB = 2 ** 20;

/** Watches output that a process of the learner writes instead of the script. */
async function watch(
  stdout: Readable,
  onChange: (list: FileList) => void = () => undefined,
): Promise<void> {
  const files = workstationFiles({
    exec: async () => Promise.reject(new Error('not expected')),
    open: async () =>
      Promise.resolve({
        ...{ stdout, stderr: new PassThrough().end() },
        [Symbol.dispose]: () => void stdout.destroy(),
      }),
  });
  await files.watch(onChange, { signal: AbortSignal.timeout(4_000) });
}

function* chunks(chunk: string, count: number): Generator<string> {
  for (let i = 0; i < count; i++) yield chunk;
}

it('a watch fails at an endless line', async () => {
  const stdout = Readable.from(chunks('A'.repeat(MIB), 100));
  await expect(watch(stdout)).rejects.toMatchObject({ code: 'LAB_FILE_FAILED' });
  expect(stdout.readableDidRead && stdout.destroyed).toBe(true);
});

it('a watch reports only the last of many changes per interval', async () => {
  const encoded = (path: string): string => Buffer.from(`f 1 ${path}\0`).toString('base64');
  const many = `${encoded('old')}\n`.repeat(1_000);
  let reports = 0;
  await watch(Readable.from([many, many]), () => (reports += 1));
  expect(reports).toBe(2);
});
