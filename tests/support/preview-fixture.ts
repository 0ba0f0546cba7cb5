import type { LightMyRequestResponse } from 'fastify';
import type { AddressInfo } from 'node:net';
import { errorBodySchema } from '../../src/protocol/errors.ts';
import { openedPreviewSchema } from '../../src/protocol/preview.ts';
import type { LearnerSession } from '../../sandbox/sessions/session.ts';
import { until } from '../../tools/support/fake-provider.ts';
import { TestServer } from '../../tools/support/test-server.ts';
import { FakeApiServer } from './fake-api-server.ts';
import { FakeWebApp } from './fake-web-app.ts';
import { PreviewBrowser } from './preview-browser.ts';

/**
 * A ready session with everything between a browser and a pod: the server, the port-forward of a
 * fake API server, and the web server of a pod.
 */
export class PreviewFixture implements AsyncDisposable {
  readonly server = new TestServer();
  readonly cluster = new FakeApiServer();
  readonly app = new FakeWebApp();
  browser!: PreviewBrowser;
  owner!: Awaited<ReturnType<TestServer['create']>>;
  port = 0;

  async start({ freezeSeconds = 0 } = {}): Promise<this> {
    await Promise.all([this.cluster.start(), this.app.start()]);
    await this.server.start({ freezeSeconds });
    this.server.provider.kubeConfig = this.cluster.kubeConfig();
    await this.server.app.listen({ port: 0, host: '127.0.0.1' });
    ({ port: this.port } = this.server.app.server.address() as AddressInfo);
    this.browser = this.newBrowser();
    this.owner = await this.server.create();
    const state = freezeSeconds === 0 ? 'ready' : 'frozen';
    await until(() => this.session.state === state);
    return this;
  }

  get session(): LearnerSession {
    const { session, cookie } = this.owner;
    return this.server.sessions.get(session.id, cookie.split('=')[1]);
  }

  /** A browser without any cookie. */
  newBrowser(): PreviewBrowser {
    return new PreviewBrowser(this.port);
  }

  /** Creates the Service `web` with a pod, which the web app serves. */
  servePod(): void {
    const { cluster, app } = this;
    cluster.servePod({ service: 'web', port: 80 }, { pod: 'web-1', port: 8080 }, app.port);
  }

  /** Requests a link to a preview. */
  async request(
    preview = 'page',
    more: Parameters<TestServer['request']>[2] = {},
  ): Promise<LightMyRequestResponse> {
    const { session, cookie } = this.owner;
    const url = `/api/sessions/${session.id}/previews/${preview}`;
    return this.server.request('POST', url, { cookie, payload: {}, ...more });
  }

  /** A link to a preview, for its owner. */
  async link(preview = 'page'): Promise<string> {
    const response = await this.request(preview);
    if (response.statusCode !== 201) throw new Error(response.body);
    return openedPreviewSchema.parse(response.json()).url;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.app[Symbol.asyncDispose]();
    await this.cluster[Symbol.asyncDispose]();
  }
}

/** The error code of a response. */
export function codeOf(body: string): string {
  return errorBodySchema.parse(JSON.parse(body)).error.code;
}
