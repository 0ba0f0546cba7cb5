import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { sides } from '../../eslint.config.ts';

const page = readFileSync('docs/architecture.md', 'utf8');

/** The cells of the table after `<!-- modules of … -->`: a module, its purpose, its imports. */
function tableOf(folder: string): string[][] {
  const start = page.indexOf(`<!-- modules of ${folder} -->`);
  const lines = page.slice(start, page.indexOf('<!-- end -->', start)).split('\n');
  const cells = lines.filter((line) => line.startsWith('|')).map((line) => line.split('|'));
  return cells.slice(2).map((row) => row.slice(1, -1).map((cell) => cell.trim()));
}

it.each(['src', 'sandbox'])('docs/architecture.md lists the modules of %s as lint does', (name) => {
  const { modules, passedIn } = sides[name]!;
  const inDocs = tableOf(name).map(([module = '', , imports = '']) => [
    module.replaceAll('`', ''),
    [...imports.matchAll(/`([^`]+)`( \(types\))?/g)].map(([, other, types]) => [other, types]),
  ]);
  const inLint = Object.entries(modules).map(([module, imports]) => [
    module,
    imports.map((other) => [other, passedIn[module]?.includes(other) ? ' (types)' : undefined]),
  ]);
  expect(inDocs).toEqual(inLint);
});

it('docs/architecture.md draws every module of the server', () => {
  const start = page.indexOf('+- sandbox/');
  const drawing = page.slice(start, page.indexOf('```', start));
  const missing = Object.keys(sides.sandbox!.modules).filter(
    (module) => !drawing.includes(module.split('/').at(-1)!),
  );
  expect(missing).toEqual([]);
});
