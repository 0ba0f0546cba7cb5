import { randomBytes } from 'node:crypto';
import { Engine } from '../../sandbox/providers/docker/engine/engine.ts';
import { listBelongings } from '../../sandbox/providers/docker/engine/inventory.ts';
import { closeHost, openHost } from '../../sandbox/providers/docker/firewall.ts';
import type { Sandbox } from '../../sandbox/provider.ts';
import { createDockerProvider } from '../../sandbox/providers/docker/docker-provider.ts';
import type { Profile } from '../../src/protocol/lab.ts';
import { testImages } from './images.ts';
import { quiet } from './quiet.ts';
import { withTimeout } from '../../src/async.ts';

const HOUR_MS = 60 * 60 * 1000;
const START_MS = 180_000;

/** Sandboxes on the real engine, of the test's own install. Disposing it removes all of them. */
export class RealProvider implements AsyncDisposable {
  readonly engine = new Engine();
  readonly install: string;
  readonly #provider;
  readonly #firewall;

  constructor(purpose: string, images = testImages()) {
    this.install = `${randomBytes(2).toString('hex')}${purpose}`;
    this.#provider = createDockerProvider({
      engine: this.engine,
      install: this.install,
      generation: 1,
      images: () => images,
      startMs: START_MS,
      log: quiet,
    });
    this.#firewall = { install: this.install, image: images.node };
  }

  /** Closes the host to the sandboxes, as set-up does. */
  async begin(signal?: AbortSignal): Promise<void> {
    await closeHost(this.engine, { ...this.#firewall, signal: withTimeout(signal, 30_000) });
  }

  async start(profile: Profile, until?: AbortSignal): Promise<Sandbox> {
    const signal = withTimeout(until, START_MS);
    const sandbox = await this.#provider.start({
      sessionId: randomBytes(6).toString('hex'),
      profile,
      expiresAt: new Date(Date.now() + HOUR_MS),
      onStage: () => undefined,
      signal,
    });
    await sandbox.equip(profile.addons, signal);
    return sandbox;
  }

  /** Memory of a sandbox's processes and tmpfs in MiB, without file caches. */
  async memoryMib(sessionId: string): Promise<number> {
    const belongings = await listBelongings(this.engine, this.install);
    const containers = belongings.filter(
      ({ kind, running, session }) => kind === 'container' && running && session === sessionId,
    );
    const usages = await Promise.all(
      containers.map(async ({ id }) => this.engine.containers.usage(id)),
    );
    return Math.round(usages.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0) / 2 ** 20);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const signal = AbortSignal.timeout(60_000);
    await this.#provider.sweep(() => false, signal);
    await openHost(this.engine, { ...this.#firewall, signal });
  }
}
