import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { explainFailure, hashInputs } from './site.ts';

describe('hashInputs', () => {
  it('changes with the name or content of an input and with the origin, and with nothing else', () => {
    const root = mkdtempSync(join(tmpdir(), 'kindlab-'));
    onTestFinished(() => rmSync(root, { recursive: true }));
    mkdirSync(join(root, 'content', 'labs'), { recursive: true });
    const write = (path: string, text: string): string => {
      writeFileSync(join(root, path), text);
      return hashInputs(root, '');
    };
    const first = write('content/labs/lab.yaml', 'a');
    expect(write('README.md', 'a')).toBe(first);
    expect(write('content/labs/lab.yaml', 'b')).not.toBe(first);
    expect(write('content/labs/lab.yaml', 'a')).toBe(first);
    expect(hashInputs(root, 'https://labs.example.org')).not.toBe(first);
    expect(write('content/labs/other.yaml', '')).not.toBe(first);
  });
});

describe('explainFailure', () => {
  it('keeps the error and its place, without colours and stack', () => {
    const output = [
      '02:33:53 [build] Building static entrypoints...',
      '02:33:53 \u001b[31m[ERROR]\u001b[39m [vite] ✗ Build failed in 239ms',
      '496:1: Unexpected character',
      '  Location:',
      '    /lab/content/lessons/en/pods.mdx:496:1',
      '  Stack trace:',
      '    at handler (vite-plugin-mdx.js:64:17)',
    ].join('\n');
    expect(explainFailure(output)).toBe(
      [
        '[ERROR] [vite] ✗ Build failed in 239ms',
        '496:1: Unexpected character',
        '  Location:',
        '    /lab/content/lessons/en/pods.mdx:496:1',
      ].join('\n'),
    );
  });

  it('keeps only our own message for an invalid lesson', () => {
    const message =
      'content/labs/pods/lab.yaml:1:12: unknown field profile.workerz. Allowed: workers.';
    const output = `    at compileLab (chunk.mjs:332:14)\n03:04:59 [ERROR] [build] Caught error: LessonError: ${message}\n${message}`;
    expect(explainFailure(output)).toBe(message);
  });

  it('keeps only our own message when Astro has renamed the error', () => {
    const message =
      'content/lessons/en/x.mdx:2:1: unknown component <Chek>. Allowed: <Check>, <Step>.';
    const output = [
      '02:33:53 \u001b[31m[ERROR]\u001b[39m [vite] ✗ Build failed in 239ms',
      `\u001b[31mMDXError: ${message}\u001b[39m`,
      '  Location:',
      '    /lab/content/lessons/en/x.mdx:2:1',
      '  Stack trace:',
      '    at handler (vite-plugin-mdx.js:64:17)',
    ].join('\n');
    expect(explainFailure(output)).toBe(message);
  });

  it('keeps the last lines when nothing looks like an error', () => {
    const lines = Array.from({ length: 50 }, (_, index) => `line ${index}`);
    expect(explainFailure(lines.join('\n')).split('\n')).toHaveLength(20);
  });
});
