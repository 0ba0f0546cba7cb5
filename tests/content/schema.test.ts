import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { labFields } from '../../src/lessons/describe-schema.ts';
import { schemaFiles } from '../../tools/lesson/schema-files.ts';

test('what is written of the schema is what it is; otherwise: npm run lesson -- schema', async () => {
  for (const [file, text] of Object.entries(await schemaFiles(process.cwd()))) {
    expect(await readFile(file, 'utf8'), file).toBe(text);
  }
});

test('each field says what it is for', () => {
  const silent = labFields()
    .split('\n')
    .filter((row) => /\| +\|$/.test(row));
  expect(silent).toEqual([]);
});
