import type {
  ExecOptions,
  ExecOutcome,
  ExecStream,
  NodeHandle,
  StreamOptions,
} from '../../../node-handle.ts';
import type { Engine } from '../engine/engine.ts';

/** A container of the engine as a machine of a sandbox. */
export class ContainerHandle implements NodeHandle {
  readonly name: string;
  /** The container's id in the engine. */
  readonly id: string;
  readonly #engine: Engine;

  constructor(engine: Engine, id: string, name: string) {
    this.#engine = engine;
    this.id = id;
    this.name = name;
  }

  async exec(argv: readonly string[], options?: ExecOptions): Promise<ExecOutcome> {
    return this.#engine.containers.exec(this.id, argv, options);
  }

  async stream(argv: readonly string[], options?: StreamOptions): Promise<ExecStream> {
    return this.#engine.containers.stream(this.id, argv, options);
  }

  async pause(): Promise<void> {
    await this.#engine.containers.pause(this.id);
  }

  async unpause(): Promise<void> {
    await this.#engine.containers.unpause(this.id);
  }

  async kill(): Promise<void> {
    await this.#engine.containers.kill(this.id);
  }

  async start(): Promise<void> {
    await this.#engine.containers.start(this.id);
  }

  async logs(): Promise<string> {
    return this.#engine.containers.logs(this.id);
  }
}
