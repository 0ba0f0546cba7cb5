import { describe, expect, it } from 'vitest';
import { darkTheme, lightTheme } from './monaco-theme.ts';

/** The minimum of WCAG 2 for text of this size. */
const LEAST = 4.5;

type Channels = readonly number[];

function channels(color: string): Channels {
  return [1, 3, 5, 7]
    .filter((at) => at < color.length)
    .map((at) => parseInt(color.slice(at, at + 2), 16) / 255);
}

/** The color of a translucent layer over another. */
function over(top: Channels, below: Channels): Channels {
  const alpha = top[3] ?? 1;
  return below.map((each, at) => each * (1 - alpha) + (top[at] ?? 0) * alpha);
}

function luminance(color: Channels): number {
  const [red = 0, green = 0, blue = 0] = color.map((each) =>
    each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: Channels, other: Channels): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

describe.each([
  ['light', lightTheme],
  ['dark', darkTheme],
])('the %s theme', (_name, { colors, rules }) => {
  const color = (name: string): Channels => channels(colors[name] ?? '');
  const ground = color('editor.background');

  it.each(['removed', 'inserted'])('keeps all text readable where text was %s', (how) => {
    const line = over(color(`diffEditor.${how}LineBackground`), ground);
    const words = over(color(`diffEditor.${how}TextBackground`), line);
    const texts = rules.map(({ foreground }) => channels(`#${foreground ?? ''}`));
    for (const below of [ground, line, words]) {
      expect(Math.min(...texts.map((text) => contrast(text, below)))).toBeGreaterThan(LEAST);
    }
  });
});
