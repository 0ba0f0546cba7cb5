import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import { labFields, labJsonSchema } from '../../src/lessons/describe-schema.ts';

const BEGIN = '<!-- fields of lab.yaml -->';
const WIDTH = 100;
const END = '<!-- end -->';

/**
 * The files that describe the schema of `lab.yaml`, by path from `root`: a JSON schema for editors,
 * and a table in the authors' guide.
 */
export async function schemaFiles(root: string): Promise<Record<string, string>> {
  const guide = 'docs/authoring.md';
  const text = await readFile(join(root, guide), 'utf8');
  const [before = '', rest = ''] = text.split(BEGIN);
  const after = rest.slice(rest.indexOf(END));
  return {
    'content/labs/lab.schema.json': await format(JSON.stringify(labJsonSchema()), {
      parser: 'json',
      printWidth: WIDTH,
    }),
    [guide]: await format(`${before}${BEGIN}\n\n${labFields()}\n\n${after}`, {
      parser: 'markdown',
      printWidth: WIDTH,
      proseWrap: 'preserve',
    }),
  };
}
