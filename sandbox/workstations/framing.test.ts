import { describe, expect, it } from 'vitest';
import { FrameReader, packFrame, type StreamFrame } from './framing.ts';

const frames: StreamFrame[] = [
  '{"type":"open"}',
  Buffer.from([0, 255, 1]),
  '',
  Buffer.alloc(0),
  '日本',
];
const stream = Buffer.concat(frames.map(packFrame));
const plain = (all: StreamFrame[]) =>
  all.map((frame) => (typeof frame === 'string' ? frame : [...frame]));

describe('frames on a stream', () => {
  it('are the same wherever the stream is cut', () => {
    for (let first = 0; first <= stream.length; first++) {
      for (let second = first; second <= stream.length; second++) {
        const reader = new FrameReader();
        const read = [
          [0, first],
          [first, second],
          [second, stream.length],
        ].flatMap(([from, to]) => reader.push(stream.subarray(from, to)));
        expect(plain(read)).toEqual(plain(frames));
      }
    }
  });

  it('are the same byte by byte, and in many chunks', () => {
    const reader = new FrameReader();
    expect(plain([...stream].flatMap((byte) => reader.push(Buffer.from([byte]))))).toEqual(
      plain(frames),
    );
    const large = Buffer.alloc(300_000, 'x');
    const packed = packFrame(large);
    const read: StreamFrame[] = [];
    for (let at = 0; at < packed.length; at += 1_000) {
      read.push(...reader.push(packed.subarray(at, at + 1_000)));
    }
    expect(read).toHaveLength(1);
    expect(Buffer.from(read[0] as Uint8Array).equals(large)).toBe(true);
  });

  it.each([
    ['an empty length', [0, 0, 0, 0, 0]],
    ['a length beyond the limit', [0, 64, 0, 1, 1]],
    ['a length of gigabytes', [255, 255, 255, 255, 1]],
    ['an unknown type', [0, 0, 0, 1, 7]],
    ['another protocol', [...Buffer.from('HTTP/1.1')]],
  ])('with %s are refused', (_, bytes) => {
    expect(() => new FrameReader().push(Buffer.from(bytes))).toThrow(RangeError);
  });
});
