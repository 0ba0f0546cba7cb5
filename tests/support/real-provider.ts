import { randomBytes } from 'node:crypto';
import { Engine } from '../../sandbox/engine/engine.ts';
import { closeHost, openHost } from '../../sandbox/engine/firewall.ts';
import type { Sandbox } from '../../sandbox/provider.ts';
import { createEngineProvider } from '../../sandbox/sessions/engine-provider.ts';
import type { Profile } from '../../src/protocol/lab.ts';
import { testImages } from './images.ts';
import { quiet } from './quiet.ts';

const HOUR_MS = 60 * 60 * 1000;
const START_MS = 180_000;

/** Sandboxes on the real engine, of an install that this test alone has. Disposing it removes whatever is left of them. */
export class RealProvider implements AsyncDisposable {
  readonly engine = new Engine();
  readonly install: string;
  readonly #provider;
  readonly #firewall;

  constructor(purpose: string, images = testImages()) {
    this.install = `${randomBytes(2).toString('hex')}${purpose}`;
    this.#provider = createEngineProvider({
      engine: this.engine,
      install: this.install,
      generation: 1,
      images,
      startMs: START_MS,
      log: quiet,
    });
    this.#firewall = { install: this.install, image: images.node };
  }

  /** Closes the host, as set-up does. */
  async begin(): Promise<void> {
    await closeHost(this.engine, { ...this.#firewall, signal: AbortSignal.timeout(30_000) });
  }

  async start(profile: Profile): Promise<Sandbox> {
    return this.#provider.start({
      sessionId: randomBytes(6).toString('hex'),
      profile,
      expiresAt: new Date(Date.now() + HOUR_MS),
      onStage: () => undefined,
      signal: AbortSignal.timeout(START_MS),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const signal = AbortSignal.timeout(60_000);
    await this.#provider.sweep(() => false, signal);
    await openHost(this.engine, { ...this.#firewall, signal });
  }
}
