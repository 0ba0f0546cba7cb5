import type { Duplex } from 'node:stream';
import type { Lab, Preview } from '../../src/protocol/lab.ts';
import type { SessionState } from '../../src/protocol/session.ts';
import { KubeApi, KubeStatusError } from '../kube/kube-api.ts';
import { openPodPort } from '../kube/pod-port.ts';
import { LabError } from '../errors.ts';
import type { Sandbox } from '../provider.ts';
import { findPreviewPod } from './preview-target.ts';

/** A busy dashboard page opens a dozen connections, and the server holds a socket for each. */
const CONNECTIONS = 48;
const CONNECT_MS = 10_000;

/** The part of a session that is used here. */
interface PreviewedSession {
  readonly id: string;
  readonly lab: Lab;
  readonly state: SessionState;
  readonly ending: AbortController;
  awake: () => Promise<Sandbox>;
  running: () => { sandbox: Sandbox };
}

/** Connections to what a session's pods serve. All of them end with the session. */
export class SessionPreviews {
  readonly #session: PreviewedSession;
  readonly #open = new Set<Duplex>();
  #opening = 0;
  #api: KubeApi | undefined;

  constructor(session: PreviewedSession) {
    this.#session = session;
    const end = (): void => {
      this.#api?.[Symbol.dispose]();
      for (const connection of this.#open) connection.destroy();
    };
    session.ending.signal.addEventListener('abort', end, { once: true });
  }

  /** The preview with this id. Errors: `LAB_PREVIEW_UNKNOWN`. */
  get(id: string): Preview {
    const preview = this.#session.lab.previews[id];
    if (preview !== undefined) return preview;
    throw new LabError(
      'LAB_PREVIEW_UNKNOWN',
      `The lab ${this.#session.lab.id} has no preview "${id}".`,
    );
  }

  /**
   * Resolves when the cluster is awake. A learner's action wakes a frozen session. A request that
   * the page repeats by itself does not: it gets `LAB_PREVIEW_ASLEEP`.
   * Errors also as `awake` of a session.
   */
  async wake({ isUse }: { isUse: boolean }): Promise<void> {
    if (isUse) await this.#session.awake();
    else if (this.#session.state === 'frozen') {
      throw new LabError('LAB_PREVIEW_ASLEEP', `Session ${this.#session.id} is frozen.`);
    }
  }

  /**
   * Opens a connection to a pod that serves the preview now. The caller destroys it.
   * Errors: `LAB_PREVIEW_ABSENT`, `LAB_PREVIEW_NOT_READY`, `LAB_PREVIEW_SILENT`, `LAB_LIMIT_RATE`,
   * and those of `running` of a session.
   */
  async connect(preview: Preview): Promise<Duplex> {
    const { sandbox } = this.#session.running();
    const { signal } = this.#session.ending;
    if (this.#open.size + this.#opening >= CONNECTIONS) {
      const message = `The previews of this session already have ${CONNECTIONS} connections.`;
      throw new LabError('LAB_LIMIT_RATE', message);
    }
    this.#opening += 1;
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]);
      const pod = await findPreviewPod(this.#apiOf(sandbox), preview, limit);
      return this.#keep(await openPodPort(sandbox.cluster.kubeConfig, pod, limit));
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof LabError) throw error;
      const detail = error instanceof KubeStatusError ? ` It answers: ${error.message}.` : '';
      const message = `The cluster does not connect to it now.${detail}`;
      throw new LabError('LAB_PREVIEW_SILENT', message, { cause: error });
    } finally {
      this.#opening -= 1;
    }
  }

  #keep(connection: Duplex): Duplex {
    this.#open.add(connection);
    connection.once('close', () => this.#open.delete(connection));
    if (this.#session.ending.signal.aborted) connection.destroy();
    return connection;
  }

  #apiOf({ cluster }: Sandbox): KubeApi {
    this.#api ??= new KubeApi(cluster.kubeConfig);
    return this.#api;
  }
}
