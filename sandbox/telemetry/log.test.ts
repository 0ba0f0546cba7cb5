import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

it('is complete even when the process exits at once', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kindlab-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'logs', 'server.log');
  const script = `
    import { createLog } from './sandbox/telemetry/log.ts';
    createLog('info', ${JSON.stringify(path)}).info('the last word');
    process.exit(3);`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(3);
  expect(readFileSync(path, 'utf8')).toContain('the last word');
});
