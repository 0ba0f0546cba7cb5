import { describe, expect, it } from 'vitest';
import { PrivateModes } from './modes.ts';

function after(...chunks: string[]): PrivateModes {
  const modes = new PrivateModes();
  for (const chunk of chunks) modes.feed(Buffer.from(chunk));
  return modes;
}

describe('private modes', () => {
  it('keep the last value', () => {
    const modes = after('a\x1b[?1049h\x1b[?25lb\x1b[?1000;1006h\x1b[?25h');
    expect(modes.toSequence()).toBe('\x1b[?1049h\x1b[?25h\x1b[?1000h\x1b[?1006h');
    expect(modes.isAlternateScreen).toBe(true);
    expect(after('\x1b[?1049h', '\x1b[?1049l').isAlternateScreen).toBe(false);
    expect(after('\x1b[?47h').isAlternateScreen).toBe(true);
  });

  it('are found wherever the output is cut', () => {
    const text = 'x\x1b[?1049;25hy\x1b[1;31mz\x1b[?2004l';
    const whole = after(text).toSequence();
    expect(whole).toBe('\x1b[?1049h\x1b[?25h\x1b[?2004l');
    for (let cut = 0; cut <= text.length; cut++) {
      expect(after(text.slice(0, cut), text.slice(cut)).toSequence()).toBe(whole);
    }
    expect(after(...text.split(/(?:)/u)).toSequence()).toBe(whole);
  });

  it('are cleared by a full reset', () => {
    expect(after('\x1b[?25l\x1bc').toSequence()).toBe('');
    expect(after('\x1b[?25l\x1b', 'c').toSequence()).toBe('');
  });

  it('are not set by other sequences, nor by an endless one', () => {
    expect(after('\x1b[25h\x1b[?25$p\x1b]0;?25h\x07').toSequence()).toBe('');
    expect(after(`\x1b[?${'1;'.repeat(500)}`, '25h').toSequence()).toBe('');
  });

  it('are independent in a clone, including an unfinished sequence', () => {
    const modes = after('\x1b[?25l\x1b[?104');
    const copy = modes.clone();
    copy.feed(Buffer.from('9h'));
    expect(copy.isAlternateScreen).toBe(true);
    expect(modes.isAlternateScreen).toBe(false);
    modes.feed(Buffer.from('9h'));
    expect(modes.isAlternateScreen).toBe(true);
  });
});
