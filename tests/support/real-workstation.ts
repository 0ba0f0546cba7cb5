import { randomBytes } from 'node:crypto';
import { Engine } from '../../sandbox/providers/docker/engine/engine.ts';
import {
  listBelongings,
  removeBelongings,
} from '../../sandbox/providers/docker/engine/inventory.ts';
import { ownershipLabels } from '../../sandbox/providers/docker/engine/labels.ts';
import { bridgePrefix, closeHost, openHost } from '../../sandbox/providers/docker/firewall.ts';
import {
  type StartedWorkstation,
  startWorkstation,
} from '../../sandbox/providers/docker/nodes/workstation-container.ts';
import { testImages } from '../../tools/support/images.ts';
import { type Attachment, TerminalViewer } from './terminal-viewer.ts';

/** A workstation without a cluster on the real engine. Disposing it removes all of its install. */
export class RealWorkstation implements AsyncDisposable {
  readonly engine = new Engine();
  readonly install = `w${randomBytes(3).toString('hex')}`;
  readonly signal = AbortSignal.timeout(180_000);
  readonly labels = ownershipLabels({
    install: this.install,
    session: 'workstation',
    generation: 1,
    expires: new Date(Date.now() + 600_000),
  });
  readonly name = `kindlab-${this.install}-workstation`;
  #workstation: StartedWorkstation | undefined;
  #terminals = 0;

  /** Closes the host and starts the workstation. */
  async start(): Promise<void> {
    const { node, workstation: image } = testImages();
    const { engine, install, labels, name, signal } = this;
    await closeHost(engine, { install, image: node, signal });
    const network = await this.createNetwork('a');
    const options = { engine, image, network, labels, name, workers: 2, signal };
    this.#workstation = await startWorkstation(options);
  }

  get workstation(): StartedWorkstation {
    if (this.#workstation === undefined) throw new Error('not started');
    return this.#workstation;
  }

  /** Creates a network of the install and resolves with its name. */
  async createNetwork(letter: string): Promise<string> {
    const name = `kindlab-${this.install}-${letter}`;
    const bridge = `${bridgePrefix(this.install)}-${letter}`;
    const { labels, signal } = this;
    await this.engine.networks.create({ name, bridge, labels, signal });
    return name;
  }

  /** The number of a terminal that has no shell yet. */
  newTerminal(): number {
    return this.#terminals++;
  }

  /** Views a terminal, by default a new one. */
  async view(terminal = this.newTerminal(), attachment: Attachment = {}): Promise<TerminalViewer> {
    const { signal } = this;
    const connection = await this.workstation.openTerminal(terminal, { signal });
    return new TerminalViewer(connection, attachment);
  }

  /** Rejects when something of the install is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { engine, install, signal } = this;
    await removeBelongings(engine, await listBelongings(engine, install));
    await openHost(engine, { install, image: testImages().node, signal });
    const left = await listBelongings(engine, install);
    if (left.length > 0) throw new Error(`left: ${left.map(({ name }) => name).join()}`);
  }
}
