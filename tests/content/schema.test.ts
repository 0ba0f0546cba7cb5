import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { labFields } from '../../src/lessons/describe-schema.ts';
import { schemaFiles } from '../../tools/lesson/schema-files.ts';

test('the description of the schema is up to date; otherwise: npm run lesson -- schema', async () => {
  for (const [file, text] of Object.entries(await schemaFiles(process.cwd()))) {
    expect(await readFile(file, 'utf8'), file).toBe(text);
  }
});

test('each field has a description', () => {
  const undescribed = labFields()
    .split('\n')
    .filter((row) => /\| +\|$/.test(row));
  expect(undescribed).toEqual([]);
});
