import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { belongingsOf } from './host.ts';
import { type Status, statusSchema } from '../../src/protocol/status.ts';

const LISTEN_MS = 30_000;
const READY_MS = 120_000;
const STOP_MS = 90_000;
const ANSWER_MS = 10_000;
const LOG_END = 4_000;

/**
 * The real server as a process, on a free port and with a temporary home. Disposing it interrupts
 * it as Ctrl-C does.
 */
export class ServerProcess implements AsyncDisposable {
  readonly home: string;
  readonly #isDetached: boolean;
  #child: ChildProcess | undefined;
  #interrupted: Promise<number | null> | undefined;
  #address = '';
  #output = '';

  /** A detached server does not receive the terminal's Ctrl-C, so its owner must end it. */
  constructor({ isDetached = false } = {}) {
    this.#isDetached = isDetached;
    this.home = mkdtempSync(join(tmpdir(), 'kindlab-server-'));
  }

  /** `http://127.0.0.1:<port>`, unchanged by a restart. */
  get origin(): string {
    return this.#address;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Everything it has printed. */
  get output(): string {
    return this.#output;
  }

  /** Starts the process and resolves when the site answers. */
  async start(environment: Record<string, string> = {}): Promise<this> {
    const port = this.#address === '' ? '0' : new URL(this.#address).port;
    const child = spawn(process.execPath, ['sandbox/main.ts'], {
      env: {
        ...process.env,
        HOST: '127.0.0.1',
        PORT: port,
        KINDLAB_HOME: this.home,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: this.#isDetached,
    });
    this.#child = child;
    this.#interrupted = undefined;
    const from = this.#output.length;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    }
    await this.#until(LISTEN_MS, () => {
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(this.#output.slice(from))?.[0];
      if (address !== undefined) this.#address = address;
      return Promise.resolve(address !== undefined);
    });
    return this;
  }

  /** The last lines of its log. */
  get logEnd(): string {
    const path = join(this.home, 'logs', 'server.log');
    return existsSync(path) ? readFileSync(path, 'utf8').slice(-LOG_END) : '';
  }

  /** The containers, networks and volumes of this server, or of an earlier one with this home. */
  async belongings(): Promise<string[]> {
    const path = join(this.home, 'logs', 'server.log');
    if (!existsSync(path)) return [];
    const install = /"install":"(\w+)"/.exec(readFileSync(path, 'utf8'));
    return belongingsOf(install?.[1] ?? '');
  }

  async status(): Promise<Status> {
    return statusSchema.parse(
      await (
        await fetch(`${this.#address}/api/status`, { signal: AbortSignal.timeout(ANSWER_MS) })
      ).json(),
    );
  }

  /** Resolves when sessions can start. */
  async ready(): Promise<this> {
    await this.#until(READY_MS, async () => {
      const { sandbox } = await this.status();
      if (sandbox.state === 'unavailable') throw new Error(sandbox.message);
      return sandbox.state === 'ready';
    });
    return this;
  }

  /** Sends a signal and resolves with the exit code; null when the signal killed the process. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === undefined) return null;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const exited = once(child, 'exit', { signal: AbortSignal.timeout(STOP_MS) });
    child.kill(signal);
    const [code] = (await exited) as [number | null];
    return code;
  }

  /**
   * Interrupts it as Ctrl-C does, once: a second SIGINT would leave sandboxes to the next start.
   */
  async interrupt(): Promise<number | null> {
    this.#interrupted ??= this.end('SIGINT');
    return this.#interrupted;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.interrupt();
    } catch (error) {
      this.#child?.kill('SIGKILL');
      throw error;
    } finally {
      rmSync(this.home, { recursive: true, force: true });
    }
  }

  async #until(ms: number, isMet: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + ms;
    while (!(await isMet())) {
      const hasEnded = this.#child?.exitCode !== null || this.#child.signalCode !== null;
      if (hasEnded || performance.now() > deadline) {
        throw new Error(`The server did not get that far. It printed:\n${this.#output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
