import { z } from 'zod';
import { groupVersionPathSchema } from '../../src/protocol/openapi.ts';
import { KubeApi } from '../checks/kube-api.ts';
import { LabError } from '../errors.ts';
import type { LiveSession } from './session.ts';

/** The largest document of a new cluster has 1.1 MB; a learner's own types are part of others. */
const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;
const DOCUMENTS_KEPT = 6;

const indexSchema = z.object({
  paths: z.record(z.string(), z.object({ serverRelativeURL: z.string() })),
});

/** Documents by their path and hash; the first is the oldest. */
const kept = new WeakMap<LiveSession, { api: KubeApi; documents: Map<string, string> }>();

/** Which groups and versions the session's cluster offers, with the hash of each one's document. A frozen session wakes. */
export async function openApiIndex(
  session: LiveSession,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const { api } = await partsOf(session);
  const { paths } = indexSchema.parse(await api.get('/openapi/v3', signal));
  return Object.fromEntries(
    Object.entries(paths).flatMap(([path, { serverRelativeURL }]) => {
      const hash = new URLSearchParams(serverRelativeURL.split('?')[1]).get('hash');
      return hash !== null && groupVersionPathSchema.safeParse(path).success ? [[path, hash]] : [];
    }),
  );
}

/** The OpenAPI document of a group and version, as the API server gives it, with its hash now. `LAB_NOT_FOUND` when the cluster has no such. */
export async function openApiDocument(
  session: LiveSession,
  path: string,
  signal: AbortSignal,
): Promise<{ text: string; hash: string }> {
  const hash = (await openApiIndex(session, signal))[path];
  if (hash === undefined) throw new LabError('LAB_NOT_FOUND', `The cluster has no ${path}.`);
  const { api, documents } = await partsOf(session);
  const url = `/openapi/v3/${path}?hash=${encodeURIComponent(hash)}`;
  const text = documents.get(url) ?? (await api.getText(url, MAX_DOCUMENT_BYTES, signal));
  documents.delete(url);
  documents.set(url, text);
  const [oldest] = documents.keys();
  if (documents.size > DOCUMENTS_KEPT && oldest !== undefined) documents.delete(oldest);
  return { text, hash };
}

async function partsOf(session: LiveSession) {
  const { cluster } = await session.awake();
  const known = kept.get(session);
  if (known !== undefined) return known;
  const parts = { api: new KubeApi(cluster.kubeConfig), documents: new Map<string, string>() };
  kept.set(session, parts);
  session.ending.signal.addEventListener('abort', () => parts.api[Symbol.dispose](), {
    once: true,
  });
  return parts;
}
