import { z } from 'zod';
import { groupVersionPathSchema } from '../../src/protocol/openapi.ts';
import { KubeApi } from '../kube/kube-api.ts';
import { LabError } from '../errors.ts';
import type { Sandbox } from '../provider.ts';

/** The largest document of a new cluster has 1.1 MB; a learner's custom resources add others. */
const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;
const DOCUMENTS_KEPT = 6;

const indexSchema = z.object({
  paths: z.record(z.string(), z.object({ serverRelativeURL: z.string() })),
});

/** The part of a session that is used here. */
interface WakeableSession {
  awake: () => Promise<Pick<Sandbox, 'cluster'>>;
  ending: AbortController;
}

/**
 * The OpenAPI documents of a session's cluster, which describe its kinds, including custom ones.
 * Its connection ends with the session.
 */
export class OpenApiDocuments {
  readonly #session: WakeableSession;
  /** By path and hash; the first is the least recently used. */
  readonly #documents = new Map<string, string>();
  #api: KubeApi | undefined;

  constructor(session: WakeableSession) {
    this.#session = session;
  }

  /**
   * The groups and versions that the cluster serves, each with the hash of its document. Wakes a
   * frozen session.
   */
  async index(signal: AbortSignal): Promise<Record<string, string>> {
    const api = await this.#connect();
    const { paths } = indexSchema.parse(await api.get('/openapi/v3', signal));
    return Object.fromEntries(
      Object.entries(paths).flatMap(([path, { serverRelativeURL }]) => {
        const hash = new URLSearchParams(serverRelativeURL.split('?')[1]).get('hash');
        const isListed = hash !== null && groupVersionPathSchema.safeParse(path).success;
        return isListed ? [[path, hash]] : [];
      }),
    );
  }

  /**
   * The document of a group and version, as the API server returns it, with its current hash.
   * `LAB_NOT_FOUND` when the cluster does not serve that version.
   */
  async document(path: string, signal: AbortSignal): Promise<{ text: string; hash: string }> {
    const hash = (await this.index(signal))[path];
    if (hash === undefined)
      throw new LabError('LAB_NOT_FOUND', `The cluster does not serve ${path}.`);
    const api = await this.#connect();
    const documents = this.#documents;
    const url = `/openapi/v3/${path}?hash=${encodeURIComponent(hash)}`;
    const text = documents.get(url) ?? (await api.getText(url, MAX_DOCUMENT_BYTES, signal));
    documents.delete(url);
    documents.set(url, text);
    const [oldest] = documents.keys();
    if (documents.size > DOCUMENTS_KEPT && oldest !== undefined) documents.delete(oldest);
    return { text, hash };
  }

  async #connect(): Promise<KubeApi> {
    const { cluster } = await this.#session.awake();
    if (this.#api !== undefined) return this.#api;
    const api = new KubeApi(cluster.kubeConfig);
    this.#api = api;
    const { signal } = this.#session.ending;
    signal.addEventListener('abort', () => api[Symbol.dispose](), { once: true });
    return api;
  }
}
