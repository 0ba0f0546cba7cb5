import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { followProgress } from './progress.ts';

/** The engine's stream, cut after every `size` bytes. */
function sent(events: object[], size: number): Readable {
  const bytes = Buffer.from(events.map((event) => `${JSON.stringify(event)}\r\n`).join(''));
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  return Readable.from(chunks, { objectMode: false });
}

describe('the progress of a build', () => {
  it.each([1, 7, 4096])('is passed on line by line, cut after every %i bytes', async (size) => {
    const lines: string[] = [];
    const events = [
      { stream: 'Step 1\n' },
      { status: 'Pulling' },
      { stream: ' 日本\n\nb\n' },
      { aux: {} },
    ];
    await followProgress(sent(events, size), (line) => lines.push(line));
    expect(lines).toEqual(['Step 1', 'Pulling', ' 日本', 'b']);
  });

  it('rejects with the message of the engine, which is also the last line', async () => {
    const lines: string[] = [];
    const events = [{ stream: 'RUN\n' }, { error: 'it returned 3', errorDetail: { code: 3 } }];
    const build = followProgress(sent(events, 9), (line) => lines.push(line));
    await expect(build).rejects.toThrow('it returned 3');
    expect(lines).toEqual(['RUN', 'it returned 3']);
  });

  it('rejects when the connection breaks, and when it is not progress', async () => {
    const broken = Readable.from(
      (function* () {
        yield Buffer.from('{"stream":"a\\n"}\n');
        throw new Error('cut');
      })(),
      { objectMode: false },
    );
    await expect(followProgress(broken, () => undefined)).rejects.toThrow('cut');
    const page = Readable.from([Buffer.from('<html>\n')]);
    await expect(followProgress(page, () => undefined)).rejects.toThrow(SyntaxError);
  });
});
