import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Dockerode from 'dockerode';
import { Engine } from '../../sandbox/providers/docker/engine/engine.ts';
import { runCommand } from '../../sandbox/run-command.ts';

const START_MS = 30_000;

/**
 * A second engine on the machine, with a disk of a few MB and no network. Needs root and `dockerd`.
 * Disposing it stops it and removes its disk.
 */
export class SecondEngine implements AsyncDisposable {
  readonly engine: Engine;
  /** For `DOCKER_HOST`. */
  readonly host: string;
  readonly #folder: string;
  readonly #daemon: ChildProcess;

  private constructor(folder: string, daemon: ChildProcess) {
    const socketPath = join(folder, 'docker.sock');
    this.#folder = folder;
    this.#daemon = daemon;
    this.host = `unix://${socketPath}`;
    this.engine = new Engine(new Dockerode({ socketPath }));
  }

  static async start({ diskMib }: { diskMib: number }): Promise<SecondEngine> {
    const folder = mkdtempSync(join(tmpdir(), 'kindlab-engine-'));
    const signal = AbortSignal.timeout(START_MS);
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    await runCommand(['mount', '-t', 'tmpfs', '-o', `size=${diskMib}m`, 'tmpfs', disk], { signal });
    const log = openSync(join(folder, 'log'), 'w');
    const options = [
      ...['--host', `unix://${join(folder, 'docker.sock')}`, '--data-root', disk],
      ...['--exec-root', join(folder, 'run'), '--pidfile', join(folder, 'pid')],
      ...['--bridge', 'none', '--iptables=false', '--storage-driver', 'overlay2'],
    ];
    const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
    // In its own network namespace: with `--bridge none` it would remove the other engine's bridge.
    const daemon = spawn('unshare', ['--net', 'dockerd', ...options], {
      env,
      stdio: ['ignore', log, log],
    });
    const second = new SecondEngine(folder, daemon);
    try {
      while (!(await second.#answers())) {
        if (daemon.exitCode !== null) throw new Error(readFileSync(join(folder, 'log'), 'utf8'));
        await delay(100, undefined, { signal });
      }
      return second;
    } catch (error) {
      await second[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#daemon.exitCode === null && this.#daemon.signalCode === null) {
      const ended = once(this.#daemon, 'exit');
      this.#daemon.kill('SIGTERM');
      await ended;
    }
    await runCommand(['umount', join(this.#folder, 'disk')], {
      signal: AbortSignal.timeout(10_000),
    });
    rmSync(this.#folder, { recursive: true });
  }

  async #answers(): Promise<boolean> {
    return this.engine.ping().then(
      () => true,
      () => false,
    );
  }
}
