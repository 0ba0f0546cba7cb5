import { setTimeout as delay } from 'node:timers/promises';
import { type Status, statusSchema } from '../../src/protocol/status.ts';
import type { User, VirtualMachine } from './virtual-machine.ts';

const PORT = 4321;
const PROJECT = '/home/learner/kindlab';
const ENVIRONMENT = 'KINDLAB_POOL_MAX=0 KINDLAB_START_SECONDS=2400';
const POLL_MS = 1_000;
const ANSWER_MS = 60_000;
const STOP_MS = 10 * 60_000;
const LOG = '/tmp/kindlab.log';
const PID = '/tmp/kindlab.pid';

/** A shell script that runs a command in the project's folder, with the settings of all cases. */
export function npm(command: string): string {
  return `cd ${PROJECT} && ${ENVIRONMENT} ${command}`;
}

/** `npm start` on the machine, reached through a local port. Disposing it stops the server. */
export class RemoteServer implements AsyncDisposable {
  readonly origin: string;
  readonly #machine: VirtualMachine;
  readonly #user: User;
  readonly #tunnel: Disposable;
  readonly #signal: AbortSignal;

  private constructor(
    machine: VirtualMachine,
    user: User,
    tunnel: Disposable & { port: number },
    signal: AbortSignal,
  ) {
    this.#machine = machine;
    this.#user = user;
    this.#tunnel = tunnel;
    this.#signal = signal;
    this.origin = `http://127.0.0.1:${tunnel.port}`;
  }

  /** Resolves when the process runs, before it listens. */
  static async start(
    machine: VirtualMachine,
    user: User,
    signal: AbortSignal,
  ): Promise<RemoteServer> {
    const start = `setsid nohup npm start > ${LOG} 2>&1 < /dev/null & echo $! > ${PID}`;
    await machine.succeed('root', `rm -f ${LOG} ${PID}`, { signal });
    await machine.succeed(user, `cd ${PROJECT}; ${ENVIRONMENT} ${start}`, { signal });
    return new RemoteServer(machine, user, await machine.forward(PORT, signal), signal);
  }

  /** Resolves with the first status that meets the condition. */
  async until(isMet: (status: Status) => boolean, ms: number): Promise<Status> {
    const deadline = performance.now() + ms;
    let last: unknown = 'nothing';
    while (performance.now() < deadline) {
      try {
        const response = await fetch(`${this.origin}/api/status`, {
          signal: AbortSignal.timeout(ANSWER_MS),
        });
        const status = statusSchema.parse(await response.json());
        if (isMet(status)) return status;
        last = status;
      } catch (error) {
        last = error;
      }
      await delay(POLL_MS, undefined, { signal: this.#signal });
    }
    throw new Error(
      `the last status was ${JSON.stringify(last)}; the server printed:\n${await this.#output()}`,
    );
  }

  /** Interrupts the server as Ctrl-C does, and resolves when it has ended. */
  async stop(): Promise<void> {
    const script = `kill -INT -- -$(cat ${PID}); while pgrep --session $(cat ${PID}); do sleep 1; done`;
    await this.#machine.run(this.#user, script, { ms: STOP_MS, signal: this.#signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#tunnel[Symbol.dispose]();
  }

  async #output(): Promise<string> {
    const { output } = await this.#machine.run(this.#user, `tail -c 3000 ${LOG}`, {
      signal: this.#signal,
    });
    return output;
  }
}
