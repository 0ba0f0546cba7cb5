import { cpSync, existsSync } from 'node:fs';
import { TestServer } from './test-server.ts';

/**
 * The built site behind the server's own code, headers included, without a sandbox. The caller
 * disposes it.
 */
export class ReadingServer implements AsyncDisposable {
  readonly #server = new TestServer();
  origin = '';

  async start(): Promise<this> {
    if (!existsSync('dist/en/index.html')) throw new Error('Run "npm run build" first.');
    cpSync('dist', this.#server.dist, { recursive: true });
    await this.#server.start({ isPrepared: false });
    this.origin = await this.#server.app.listen({ port: 0, host: '127.0.0.1' });
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}
