import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordedOutputs } from './record.ts';

const LAB = 'concepts/tiny';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'kindlab-record-'));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

async function writeLab(step: string): Promise<void> {
  const folder = join(root, 'content/labs', LAB);
  const record = {
    ...{ lab: LAB, solution: 'x', kubernetes: 'v1', date: '2026-11-29', minutes: 1, memoryMib: 1 },
    ...{ columns: 120, rows: 32, steps: { one: [{ text: 'printed', events: [] }] } },
  };
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'lab.yaml'),
    `steps:\n  one:\n    unchecked: it only looks\n${step}`,
  );
  await writeFile(join(folder, 'record.json'), JSON.stringify(record));
}

test('a block shows what it printed in the recorded proof', async () => {
  await writeLab('');
  expect(await recordedOutputs(LAB, 'one', root)).toEqual([{ text: 'printed', events: [] }]);
});

test('no block shows the output of a solution from lab.yaml', async () => {
  await writeLab('    solution: kubectl run hello --image=kindlab/web:1\n');
  expect(await recordedOutputs(LAB, 'one', root)).toEqual([]);
});

test('a step that was not recorded has no outputs', async () => {
  await writeLab('');
  expect(await recordedOutputs(LAB, 'two', root)).toEqual([]);
});
