import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const files = globSync('{src,sandbox}/**/*.{ts,astro}');
const IMPORT = /(?:from|import)\s+'((?:@|\.{1,2})\/[^']+)'/g;

/** Our own files that a file imports, type imports included. */
function importsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(IMPORT)]
    .map(([, path = '']) =>
      path.startsWith('@/') ? path.replace('@', 'src') : normalize(join(dirname(file), path)),
    )
    .filter((path) => files.includes(path));
}

/** The first import cycle, or undefined. */
function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    done.add(file);
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next, [...path, file]);
      if (cycle !== undefined) return cycle;
    }
    return undefined;
  };
  for (const file of graph.keys()) {
    const cycle = visit(file, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

describe('imports', () => {
  const graph = new Map(files.map((file) => [file, importsOf(file)]));

  it('are found in every kind of file', () => {
    expect(graph.get('sandbox/main.ts')).toContain('sandbox/store/store.ts');
    expect(graph.get('src/pages/index.astro')).not.toEqual([]);
  });

  it('have no cycle', () => {
    expect(
      findCycle(
        new Map([
          ['a', ['b']],
          ['b', ['c', 'a']],
          ['c', []],
        ]),
      ),
    ).toEqual(['a', 'b', 'a']);
    expect(findCycle(graph)).toBeUndefined();
  });
});
