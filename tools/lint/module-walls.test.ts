import { Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';
import { sides } from '../../eslint.config.ts';
import { brokenWall, moduleWalls } from './module-walls.ts';

function judge(from: string, source: string, isTypeOnly = false): string | undefined {
  return brokenWall(sides, { from, source, isTypeOnly });
}

describe('module walls', () => {
  it.each([
    ['sandbox/http/server.ts', '../sessions/sessions.ts', true],
    ['sandbox/http/server.ts', './access.ts', false],
    ['sandbox/sessions/sessions.ts', '../provider.ts', false],
    ['sandbox/sessions/sessions.ts', '../../src/protocol/session.ts', false],
    ['sandbox/kube/mirror.ts', '../../src/async.ts', false],
    ['sandbox/providers/docker/engine/engine.ts', 'dockerode', false],
    ['sandbox/providers/docker/nodes/kind-node.ts', 'testcontainers', false],
    ['sandbox/providers/docker/nodes/kind-node.ts', '../engine/engine.ts', false],
    ['sandbox/main.ts', './providers/docker/docker-provider.ts', false],
    ['sandbox/http/server.ts', 'fastify', false],
    ['src/components/Step.astro', '@/lessons/labs.ts', false],
    ['src/pages/index.astro', '../styles/curriculum.css', false],
    ['src/islands/editor/monaco.ts', './yaml.worker.ts?worker', false],
    ['src/lessons/progress.test.ts', '../../tests/support/storage.ts', false],
    ['sandbox/config.ts', '../package.json', false],
    ['tools/bench/main.ts', '../../sandbox/main.ts', false],
  ])('let %s import %s', (from, source, isTypeOnly) => {
    expect(judge(from, source, isTypeOnly)).toBeUndefined();
  });

  it.each([
    ['a module above', 'sandbox/kube/mirror.ts', '../sessions/sessions.ts', 'must not import'],
    ['a module at the side', 'src/i18n/en.ts', '../lessons/labs.ts', 'must not import lessons'],
    ['a module below @/', 'src/i18n/en.ts', '@/islands/page.ts', 'must not import islands'],
    [
      'a provider above its interface',
      'sandbox/sessions/sessions.ts',
      '../providers/docker/docker-provider.ts',
      'sessions must not import providers/docker',
    ],
    [
      'the engine past its provider',
      'sandbox/http/server.ts',
      '../providers/docker/engine/engine.ts',
      'http must not import providers/docker/engine',
    ],
    [
      'the parent of a nested module',
      'sandbox/providers/docker/engine/engine.ts',
      '../docker-provider.ts',
      'providers/docker/engine must not import providers/docker',
    ],
    ['a module', 'sandbox/errors.ts', './sessions/sessions.ts', 'errors.ts must not import'],
    ['the main program', 'sandbox/http/server.ts', '../main.ts', 'starts a program'],
    ['the server', 'src/islands/api.ts', '../../sandbox/errors.ts', 'src must not import'],
    ['the site', 'sandbox/http/site.ts', '../../src/lessons/labs.ts', 'sandbox must not import'],
    ['a tool', 'sandbox/http/site.ts', '../../tools/bench/main.ts', 'sandbox must not import'],
    ['dockerode', 'sandbox/providers/docker/docker-provider.ts', 'dockerode', 'Only providers'],
    ['testcontainers', 'sandbox/clusters/sleep.ts', 'testcontainers', 'Only providers/docker'],
    ['testcontainers below it', 'sandbox/kube/mirror.ts', 'testcontainers/build', 'Only'],
    ['an unlisted folder', 'sandbox/http/site.ts', '../rooms/rooms.ts', 'is in no module'],
  ])('stop %s', (_what, from, source, message) => {
    expect(judge(from, source, true)).toContain(message);
  });

  it('stop values of a module that is passed in, but not its types', () => {
    const from = 'sandbox/sessions/sessions.ts';
    expect(judge(from, '../store/store.ts')).toContain('import its types only');
    expect(judge(from, '../store/store.ts', true)).toBeUndefined();
  });

  it('let a test of the server import any module of the server, but nothing else of the site', () => {
    const from = 'sandbox/kube/mirror.test.ts';
    expect(judge(from, '../sessions/sessions.ts')).toBeUndefined();
    expect(judge(from, '../../tools/support/fake-provider.ts')).toBeUndefined();
    expect(judge(from, '../../src/lessons/labs.ts')).toContain('must not import');
  });
});

describe('the lint rule', () => {
  const config: Linter.Config = {
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser },
    plugins: { kindlab: { rules: { walls: moduleWalls(sides) } } },
    rules: { 'kindlab/walls': 'error' },
  };

  it.each([
    ["import { start } from '../store/store.ts';", 1],
    ["import type { Store } from '../store/store.ts';", 0],
    ["import { type Store, type Row } from '../store/store.ts';", 0],
    ["import { type Store, start } from '../store/store.ts';", 1],
    ["import '../http/server.ts';", 1],
    ["export * from '../http/server.ts';", 1],
    ["export { start } from '../http/server.ts';", 1],
    ["const server = await import('../http/server.ts');", 1],
    ["type Server = typeof import('../http/server.ts');", 1],
    ["type Store = typeof import('../store/store.ts');", 0],
    ['export const answer = 42;', 0],
  ])('reports in `%s` %i walls', (code, count) => {
    const messages = new Linter({ cwd: '/repo' }).verify(code, [config], {
      filename: '/repo/sandbox/sessions/sessions.ts',
    });
    expect(messages.filter(({ ruleId }) => ruleId === 'kindlab/walls')).toHaveLength(count);
    expect(messages.filter(({ fatal }) => fatal)).toHaveLength(0);
  });
});
