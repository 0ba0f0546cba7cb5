import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { bundle } from './bundle.ts';
import { projectRoot } from './files.ts';

function project(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'kindlab-bundle-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'lib'));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
  return root;
}

it('puts an entry and its imports into one script, without comments', async () => {
  const greeting = (comment: string): string =>
    `/** ${comment} */\nexport const greeting: string = 'hello';\n`;
  const entry = `import { greeting } from './lib/greeting.ts';\nconsole.log(greeting);\n`;
  const one = project({ 'main.ts': entry, 'lib/greeting.ts': greeting('one') });
  const other = project({ 'main.ts': entry, 'lib/greeting.ts': greeting('other') });
  const script = await bundle('main.ts', one);
  expect(String(script)).toContain('hello');
  expect(String(script)).not.toMatch(/import|one \*\//);
  expect((await bundle('main.ts', other)).equals(script)).toBe(true);
});

it('rejects an entry that imports a missing file', async () => {
  const root = project({ 'main.ts': `import './lib/missing.ts';\n` });
  await expect(bundle('main.ts', root)).rejects.toThrow('Could not resolve "./lib/missing.ts"');
});

it.each(['supervisor', 'lab'])('bundles the %s of the workstation', async (name) => {
  const script = String(await bundle(`sandbox/workstations/${name}/main.ts`, projectRoot));
  const imports = [...script.matchAll(/^import .* from "([^"]+)";$/gm)].map(([, from]) => from);
  expect(imports.filter((from) => !from?.startsWith('node:'))).toEqual(
    name === 'supervisor' ? ['@lydell/node-pty'] : [],
  );
});
