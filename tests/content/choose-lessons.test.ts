import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { chooseLessons } from '../../tools/lesson/choose-lessons.ts';

const lessons = ['en', 'ja'].flatMap((locale) =>
  ['a', 'b', 'c', 'd', 'e'].map((name) => `content/lessons/${locale}/unit/${name}.mdx`),
);
let root = '';

beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'kindlab-choose-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Commits a change of a file, some hours before a fixed time. */
function commit(file: string, hoursAgo: number): void {
  const path = join(root, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, String(Math.random()));
  const date = `${1_800_000_000 - hoursAgo * 3600} +0000`;
  const env = { ...process.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, env, stdio: 'pipe' });
  git('init', '--quiet');
  git('add', '.');
  git('-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '--quiet', '-m', 'a change');
}

it('takes all lessons, or parts that together are all', async () => {
  expect(await chooseLessons(lessons, 'all', root)).toEqual(lessons);
  const parts = await Promise.all(
    ['1/3', '2/3', '3/3'].map(async (choice) => chooseLessons(lessons, choice, root)),
  );
  expect(parts.flat().sort()).toEqual(lessons);
});

it('takes at least one, even of fewer lessons than parts', async () => {
  expect(await chooseLessons(lessons.slice(0, 2), '4/4', root)).toHaveLength(1);
});

it('takes what changed recently: a text in its language, or a lab in every language', async () => {
  commit('content/lessons/en/unit/c.mdx', 48);
  commit('content/lessons/ja/unit/a.mdx', 5);
  commit('content/labs/unit/b/lab.yaml', 0);
  const chosen = await chooseLessons(lessons, 'changed', root);
  const turn = await chooseLessons(lessons, '4/4', root); // of three commits
  const changed = [
    'content/lessons/en/unit/b.mdx',
    'content/lessons/ja/unit/a.mdx',
    'content/lessons/ja/unit/b.mdx',
  ];
  expect(chosen).toEqual([...new Set([...changed, ...turn])].sort());
});

it('takes every lesson once in four commits', async () => {
  const chosen = new Set<string>();
  commit('content/lessons/en/unit/a.mdx', 48);
  for (let turn = 0; turn < 4; turn += 1) {
    commit('README.md', 0);
    const now = await chooseLessons(lessons, 'changed', root);
    expect(now.length).toBeLessThan(lessons.length / 2);
    for (const lesson of now) chosen.add(lesson);
  }
  expect([...chosen].sort()).toEqual(lessons);
});

it('takes all lessons if there is no history', async () => {
  expect(await chooseLessons(lessons, 'changed', root)).toEqual(lessons);
});

it('refuses any other choice, and names the valid ones', async () => {
  for (const choice of ['', 'none', '0/4', '5/4', '1/0'])
    await expect(chooseLessons(lessons, choice, root)).rejects.toThrow(
      'use all, changed, or a part',
    );
});
