import { z } from 'zod';
import {
  fileListSchema,
  fileSchema,
  writtenFileSchema,
  type FileList,
} from '../../protocol/files.ts';
import { openApiIndexSchema } from '../../protocol/openapi.ts';
import { request } from '../api.ts';
import { ApiError } from '../problem.ts';
import type { OpenApiDocument } from './json-schema.ts';
import type { Content } from './open-file.ts';

/**
 * The files of a session and the OpenAPI documents of its cluster, until `signal` aborts. All
 * methods throw {@link ApiError}.
 */
export class FileApi {
  readonly #base: string;
  readonly #signal: AbortSignal;

  constructor(sessionId: string, signal: AbortSignal) {
    this.#base = `/api/sessions/${sessionId}`;
    this.#signal = signal;
  }

  /** Lists `~/lab`. After the first call, changes arrive as `lab:files`. */
  async list(): Promise<FileList> {
    return request(fileListSchema, `${this.#base}/files`, { signal: this.#signal });
  }

  /** `undefined` when the file does not exist. */
  async read(path: string): Promise<Content | undefined> {
    try {
      return await request(fileSchema, this.#url(path), { signal: this.#signal });
    } catch (error) {
      if (error instanceof ApiError && error.code === 'LAB_FILE_UNKNOWN') return undefined;
      throw error;
    }
  }

  /** Replaces `base`. Throws `LAB_FILE_CHANGED` when the file holds something else. */
  async write(path: string, text: string, base: Content | undefined): Promise<Content> {
    const { version } = await request(writtenFileSchema, this.#url(path), {
      method: 'PUT',
      headers: { 'content-type': 'application/json', ...precondition(base) },
      body: JSON.stringify({ text }),
      signal: this.#signal,
    });
    return { text, version };
  }

  async remove(path: string, base: Content): Promise<void> {
    await request(z.unknown(), this.#url(path), {
      method: 'DELETE',
      headers: precondition(base),
      signal: this.#signal,
    });
  }

  /** The hash of each group version's document, by its path. */
  async openApiIndex(): Promise<Record<string, string>> {
    const url = `${this.#base}/openapi`;
    return (await request(openApiIndexSchema, url, { signal: this.#signal })).hashes;
  }

  /** A group version's document. The browser caches it until its hash changes. */
  async openApiDocument(path: string, hash: string): Promise<OpenApiDocument> {
    const url = `${this.#base}/openapi/${path}?hash=${encodeURIComponent(hash)}`;
    const response = await fetch(url, { signal: this.#signal });
    if (!response.ok) throw new ApiError(response.status, undefined);
    return (await response.json()) as OpenApiDocument;
  }

  #url(path: string): string {
    return `${this.#base}/files/${path.split('/').map(encodeURIComponent).join('/')}`;
  }
}

function precondition(base: Content | undefined): Record<string, string> {
  return base === undefined ? { 'if-none-match': '*' } : { 'if-match': `"${base.version}"` };
}
