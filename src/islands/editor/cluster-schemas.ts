import type { JSONSchema } from 'monaco-yaml';
import { Mutex } from '../../async.ts';
import type { FileApi } from './file-api.ts';
import { manifestSchema, type OpenApiDocument } from './json-schema.ts';
import { apiVersionOf, kindsOf, openApiPath } from './yaml-kinds.ts';

const TYPING_MS = 400;
/** The cluster may get new kinds, so the index is refreshed, but not at every key. */
const INDEX_MS = 10_000;

/**
 * Loads the cluster's schemas of the kinds that a text names, and calls `apply` with the schema of
 * manifests. Without an answer there are no suggestions, and no error.
 */
export class ClusterSchemas implements Disposable {
  readonly #api: FileApi;
  readonly #apply: (schema: JSONSchema) => Promise<void>;
  readonly #documents = new Map<string, OpenApiDocument>();
  readonly #hashes = new Map<string, string>();
  #index: Record<string, string> = {};
  #indexAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #loads = new Mutex();

  constructor(api: FileApi, apply: (schema: JSONSchema) => Promise<void>) {
    this.#api = api;
    this.#apply = apply;
  }

  /** Loads what `text` needs. Call it at every change. */
  follow(text: string): void {
    clearTimeout(this.#timer);
    const isFirst = this.#indexAt === -Infinity;
    const load = (): void => {
      void this.#loads.run(async () => this.#load(text)).catch(() => undefined);
    };
    this.#timer = setTimeout(load, isFirst ? 0 : TYPING_MS);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  async #load(text: string): Promise<void> {
    const before = Object.keys(this.#index).join();
    if (performance.now() - this.#indexAt > INDEX_MS) {
      this.#index = await this.#api.openApiIndex();
      this.#indexAt = performance.now();
    }
    const wanted = new Set(
      kindsOf(text).flatMap(({ apiVersion }) =>
        apiVersion === undefined ? [] : [openApiPath(apiVersion)],
      ),
    );
    const stale = Object.entries(this.#index).filter(
      ([path, hash]) =>
        (wanted.has(path) || this.#documents.has(path)) && this.#hashes.get(path) !== hash,
    );
    for (const [path, hash] of stale) {
      this.#documents.set(path, await this.#api.openApiDocument(path, hash));
      this.#hashes.set(path, hash);
    }
    if (stale.length === 0 && Object.keys(this.#index).join() === before) return;
    const apiVersions = Object.keys(this.#index).map(apiVersionOf);
    await this.#apply(manifestSchema(apiVersions, this.#documents));
  }
}
