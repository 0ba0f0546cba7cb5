import { describe, expect, it } from 'vitest';
import { Multiplexed, type Piece } from './multiplexed.ts';

function piece(stream: number, text: string): Buffer {
  const body = Buffer.from(text);
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}

const stream = Buffer.concat([
  piece(1, 'A'.repeat(65)),
  piece(2, ''),
  piece(2, 'é'),
  piece(1, 'b'),
]);
const separated = (pieces: Piece[]) => ({
  stdout: pieces
    .filter(({ isStderr }) => !isStderr)
    .map(({ bytes }) => String(bytes))
    .join(''),
  stderr: Buffer.concat(
    pieces.filter(({ isStderr }) => isStderr).map(({ bytes }) => bytes),
  ).toString(),
});
const whole = { stdout: `${'A'.repeat(65)}b`, stderr: 'é' };

describe('interleaved output', () => {
  it('is separated, wherever it was cut', () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      const multiplexed = new Multiplexed();
      const pieces = [
        ...multiplexed.push(stream.subarray(0, cut)),
        ...multiplexed.push(stream.subarray(cut)),
      ];
      expect(separated(pieces)).toEqual(whole);
    }
  });

  it('is separated byte by byte', () => {
    const multiplexed = new Multiplexed();
    const pieces = [...stream].flatMap((byte) => multiplexed.push(Buffer.from([byte])));
    expect(separated(pieces)).toEqual(whole);
    expect(pieces).toHaveLength(4);
  });
});
