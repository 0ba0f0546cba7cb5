import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compileLab } from '../../src/lessons/compile-lab.ts';

/** The messages that authors get for mistakes: file, line, what is wrong, what is allowed. */

const LAB = 'content/labs/concepts/tiny/lab.yaml';
const PAGE = 'content/lessons/en/concepts/tiny.mdx';

const lab = `profile: { workers: 1 }
steps:
  one:
    checks:
      there:
        resource: { kind: Pod, name: hello }
        expect: object.status.phase == "Running"
`;
const previewed = `previews:
  site: { service: web, port: 80 }
${lab}`;
const page = `---
title: Tiny
description: The smallest lesson.
lab: concepts/tiny
order: 1
---

<Step id="one" title="One">

\`\`\`sh run
kubectl run hello --image=kindlab/web:1
\`\`\`

<Check id="there">It is there.</Check>

</Step>
`;

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'kindlab-content-'));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function compile(files: Record<string, string>) {
  for (const [file, text] of Object.entries({ [LAB]: lab, [PAGE]: page, ...files })) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), text);
  }
  return compileLab('concepts/tiny', { root });
}

test('compiles a lesson without mistakes to its steps', async () => {
  const { steps, profile } = await compile({});
  expect(profile.workers).toBe(1);
  expect(steps.map(({ id, solution }) => [id, solution])).toEqual([
    ['one', ['kubectl run hello --image=kindlab/web:1']],
  ]);
});

test('compiles previews that lab.yaml and the page agree on', async () => {
  const shown = page.replace('</Step>', '<Preview id="site" title="The site" />\n\n</Step>');
  const { previews } = await compile({ [LAB]: previewed, [PAGE]: shown });
  expect(previews).toEqual({
    site: { namespace: 'default', service: 'web', port: 80, path: '/' },
  });
});

describe('a mistake in lab.yaml', () => {
  test.each([
    ['an unknown field', lab.replace('expect:', 'expects:'), 7, 'expects'],
    ['an unknown profile field', lab.replace('workers: 1', 'worker: 1'), 1, 'worker'],
    ['a wrong type', lab.replace('workers: 1', 'workers: many'), 1, 'number'],
    ['an expression that is not CEL', lab.replace('== "Running"', '=='), 7, 'CEL'],
    ['broken YAML', lab.replace('{ kind: Pod,', '{ kind: Pod'), 6, 'YAML'],
    [
      'a preview that no pod serves',
      previewed.replace('service: web, ', ''),
      2,
      'service or selector',
    ],
    ['a preview of all pods', previewed.replace('service: web', 'selector: {}'), 2, 'selector'],
    ['a preview without a port', previewed.replace(', port: 80', ''), 2, 'port'],
    [
      'a preview on another host',
      previewed.replace('80 }', '80, path: //evil.example }'),
      2,
      'one "/"',
    ],
    ['a preview that no page shows', previewed, 2, 'shows preview site 0 times'],
    ['a step without checks', 'steps:\n  one:\n    checks: {}\n', 2, 'unchecked'],
  ])('reports %s with file and line', async (_what, text, line, message) => {
    await expect(compile({ [LAB]: text })).rejects.toThrow(`${LAB}:${line}:`);
    await expect(compile({ [LAB]: text })).rejects.toThrow(message);
  });
});

describe('a mistake in a page', () => {
  test.each([
    ['an unknown front matter field', page.replace('order: 1', 'orders: 1'), 5, 'order'],
    [
      'the lab of another lesson',
      page.replace('lab: concepts/tiny', 'lab: a/b'),
      1,
      "lab: a/b is not the lesson's own name. Allowed: lab: concepts/tiny.",
    ],
    ['an unknown component', page.replaceAll('Check', 'Checks'), 14, '<Check>'],
    ['an unknown attribute', page.replace('title="One"', 'name="One"'), 8, 'id, title'],
    ['a check that lab.yaml does not have', page.replace('id="there"', 'id="here"'), 14, 'there'],
    [
      'a preview that lab.yaml does not have',
      page.replace('</Step>', '<Preview id="site" title="The site" />\n\n</Step>'),
      16,
      'no preview site',
    ],
    ['a step that lab.yaml does not have', page.replace('id="one"', 'id="two"'), 8, 'one'],
    ['text that is not MDX', page.replace('It is there.', 'It is <there.'), 14, '&lt;'],
    ['a step that never ends', page.replace('</Step>', ''), 8, 'MDX'],
  ])('reports %s with file and line', async (_what, text, line, message) => {
    await expect(compile({ [PAGE]: text })).rejects.toThrow(`${PAGE}:${line}:`);
    await expect(compile({ [PAGE]: text })).rejects.toThrow(message);
  });
});

test('reports a check that the page does not show where lab.yaml defines it', async () => {
  const text = page.replace('<Check id="there">It is there.</Check>', '');
  await expect(compile({ [PAGE]: text })).rejects.toThrow(`${LAB}:5:`);
});

test('reports a lab that no lesson names', async () => {
  await compile({ 'content/labs/concepts/lonely/lab.yaml': lab });
  await expect(compileLab('concepts/lonely', { root })).rejects.toThrow('no lesson names this lab');
});
