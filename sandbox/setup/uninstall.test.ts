import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Store } from '../store/store.ts';

// Without an engine: `own-images.real.test.ts` covers images. Each test runs the command itself,
// which takes a while on a busy machine.
describe('npm run uninstall', { timeout: 30_000 }, () => {
  let home: string;

  const uninstall = (...options: string[]) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['sandbox/setup/uninstall.ts', ...options],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, KINDLAB_HOME: home, DOCKER_HOST: `unix://${home}/no.sock` },
      },
    );
    return { status, output: stdout + stderr };
  };

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'kindlab-uninstall-'));
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    new Store(home)[Symbol.dispose]();
    writeFileSync(join(home, 'server.pid'), '1\n');
  });

  it('removes nothing without a terminal to ask at', () => {
    const { status, output } = uninstall();
    expect(status).toBe(1);
    expect(output).toMatch(/state\.db, .*server\.pid in/);
    expect(output).toContain('add --yes');
    expect(output).toContain('Nothing was removed.');
    expect(readdirSync(home)).toContain('state.db');
  });

  it('removes its own files, and the folder if nothing else is in it', () => {
    const { status, output } = uninstall('--yes');
    expect(status).toBe(0);
    expect(output).toContain('This stays:');
    expect(existsSync(home)).toBe(false);
    expect(uninstall('--yes').output).toContain('There is nothing of this install to remove.');
  });

  it('leaves the files of others', () => {
    writeFileSync(join(home, 'mine.txt'), 'mine');
    const { output } = uninstall('--yes');
    expect(readdirSync(home)).toEqual(['mine.txt']);
    expect(output).toContain(`other files in ${home}`);
  });

  it('refuses while a server is running', () => {
    using store = new Store(home);
    expect(store.install).toMatch(/^\w{8}$/);
    const { status, output } = uninstall('--yes');
    expect(status).toBe(1);
    expect(output).toMatch(/LAB_STATE_LOCKED: Process \d+ uses/);
    expect(readdirSync(home)).toContain('state.db');
  });

  it('rejects unknown options', () => {
    expect(uninstall('--force')).toMatchObject({ status: 2 });
  });
});
