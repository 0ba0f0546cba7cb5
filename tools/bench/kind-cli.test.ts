import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CAPABILITIES } from '../../sandbox/providers/docker/nodes/kind-node.ts';
import { nodeFlags } from './kind-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'kindlab-test-'));
const client = join(folder, 'client');
writeFileSync(client, '#!/bin/bash\nprintf "%s\\n" "$@"\n');
chmodSync(client, 0o755);
afterAll(() => rmSync(folder, { recursive: true }));

/** The arguments that the engine's client gets when kind passes `argv`. */
function rewritten(...argv: string[]): string[] {
  const env = { ...process.env, DOCKER: client, NODE_FLAGS: nodeFlags().join('\n') };
  const output = execFileSync(join(import.meta.dirname, 'kind-cli', 'docker'), argv, { env });
  return output.toString().trimEnd().split('\n');
}

describe('the docker wrapper on kind’s PATH', () => {
  it('runs nodes with the flags of our own nodes instead of --privileged', () => {
    const argv = rewritten('run', '--hostname', 'x-worker', '--privileged', '--tmpfs', '/run', 'i');
    expect(argv).toEqual([
      ...['run', '--hostname', 'x-worker', '--env', 'NODE_INDEX=1'],
      ...nodeFlags(),
      ...['--tmpfs', '/run', 'i'],
    ]);
    expect(argv).toContain('--cap-drop=ALL');
    for (const capability of CAPABILITIES) expect(argv).toContain(`--cap-add=${capability}`);
  });

  it.each([
    ['x-control-plane', 0],
    ['x-worker', 1],
    ['x-worker2', 2],
    ['x-worker-worker3', 3],
  ])('gives %s the node index %i', (hostname, index) => {
    expect(rewritten('run', '--hostname', hostname, 'i')).toContain(`NODE_INDEX=${index}`);
  });

  it('drops --privileged from exec, but not from the command itself', () => {
    expect(rewritten('exec', '--privileged', '-i', 'x', 'runc', '--privileged', 'a b')).toEqual([
      ...['exec', '-i', 'x', 'runc', '--privileged', 'a b'],
    ]);
  });

  it.each([[['ps', '-a', '--filter', 'label=a b']], [['exec', 'x', 'true']], [['version']]])(
    'passes %j on unchanged',
    (argv) => {
      expect(rewritten(...argv)).toEqual(argv);
    },
  );
});
