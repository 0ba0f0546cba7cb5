import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { tmpdir } from 'node:os';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recipes } from '../recipes.ts';
import { listFiles, packFiles, projectRoot } from './files.ts';
import { inOrder, type Recipe, recipeTag } from './recipe.ts';

let folder: string;
let recipe: Recipe;
const parents = ['kindlab/base:abc', 'kindlab/toolchain:def'];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kindlab-recipe-'));
  mkdirSync(join(folder, 'root'));
  writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\n');
  writeFileSync(join(folder, 'root/entrypoint'), '#!/bin/sh\n', { mode: 0o755 });
  recipe = {
    name: 'example',
    title: 'Example',
    seconds: 1,
    files: { '.': relative(projectRoot, folder) },
    parents: ['base', 'toolchain'],
    parameters: { BASE: 'parent:base' },
    build: async () => Promise.resolve(),
  };
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const path = (name: string): string => join(folder, name);

describe('the tag of a recipe', () => {
  it('stays the same while no input changes', async () => {
    const before = await recipeTag(recipe, parents);
    expect(before).toMatch(/^kindlab\/example:[0-9a-f]{12}$/);
    utimesSync(path('Dockerfile'), new Date(0), new Date(0));
    chmodSync(path('Dockerfile'), 0o600);
    chmodSync(path('root/entrypoint'), 0o700);
    writeFileSync(path('x.test.ts'), 'tests do not become part of an image');
    expect(await recipeTag({ ...recipe, title: 'Other words', seconds: 99 }, parents)).toBe(before);
  });

  it.each<[string, () => void]>([
    ['a byte', () => writeFileSync(path('Dockerfile'), 'FROM scratcH\n')],
    ['a mode', () => chmodSync(path('Dockerfile'), 0o755)],
    ['a name', () => renameSync(path('root/entrypoint'), path('root/entry'))],
    ['a place', () => renameSync(path('root/entrypoint'), path('entrypoint'))],
    ['a new file', () => writeFileSync(path('root/new'), '')],
    ['a missing file', () => rmSync(path('root/entrypoint'))],
  ])('changes with %s', async (_, change) => {
    const before = await recipeTag(recipe, parents);
    change();
    expect(await recipeTag(recipe, parents)).not.toBe(before);
  });

  it('changes with a parameter, a parent and the name of the recipe', async () => {
    const tags = await Promise.all([
      recipeTag(recipe, parents),
      recipeTag({ ...recipe, parameters: { BASE: 'parent:other' } }, parents),
      recipeTag({ ...recipe, name: 'another' }, parents),
      recipeTag(recipe, ['kindlab/base:abd', 'kindlab/toolchain:def']),
      recipeTag(recipe, parents.toReversed()),
    ]);
    expect(new Set(tags).size).toBe(tags.length);
  });
});

describe('the context of a build', () => {
  it('contains every file with its mode, as the same bytes each time', async () => {
    const files = { ...recipe.files, 'opt/one': relative(projectRoot, path('Dockerfile')) };
    const pack = async (): Promise<Buffer> => buffer(packFiles(await listFiles(files)));
    const tar = await pack();
    expect((await pack()).equals(tar)).toBe(true);
    const entries: Record<string, string> = {};
    const reader = extract();
    reader.end(tar);
    for await (const entry of reader) {
      entries[entry.header.name] =
        `${entry.header.mode.toString(8)} ${String(await buffer(entry))}`;
    }
    expect(entries).toEqual({
      Dockerfile: '644 FROM scratch\n',
      'opt/one': '644 FROM scratch\n',
      'root/entrypoint': '755 #!/bin/sh\n',
    });
  });

  it('fails when a file is missing', async () => {
    const files = await listFiles(recipe.files);
    rmSync(path('Dockerfile'));
    await expect(buffer(packFiles(files))).rejects.toThrow('ENOENT');
  });
});

describe('the order of recipes', () => {
  const named = (name: string, ...of: string[]): Recipe => ({ ...recipe, name, parents: of });

  it('puts parents first and lists each recipe once', () => {
    const all = [named('d', 'b', 'c'), named('b', 'a'), named('c', 'a'), named('a')];
    expect(inOrder(all).map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('rejects an unknown parent', () => {
    expect(() => inOrder([named('a', 'x')])).toThrow('recipe a names no recipe: x');
  });

  it('finds every file of our own recipes', async () => {
    expect(inOrder(recipes)).toHaveLength(recipes.length);
    for (const { files } of recipes) expect((await listFiles(files)).length).toBeGreaterThan(0);
  });
});
