import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const files = globSync('{src,sandbox}/**/*.{ts,astro}');
const IMPORT = /(?:from|import)\s+'((?:@|\.{1,2})\/[^']+)'/g;

/** The files of ours that a file imports, also for their types alone. */
function importsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(IMPORT)]
    .map(([, path = '']) =>
      path.startsWith('@/') ? path.replace('@', 'src') : normalize(join(dirname(file), path)),
    )
    .filter((path) => files.includes(path));
}

/** The first way from a file back to itself, or undefined. */
function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    done.add(file);
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next, [...way, file]);
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

  it('are read from every kind of file', () => {
    expect(graph.get('sandbox/main.ts')).toContain('sandbox/store/store.ts');
    expect(graph.get('src/pages/index.astro')).not.toEqual([]);
  });

  it('go in no circle', () => {
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
