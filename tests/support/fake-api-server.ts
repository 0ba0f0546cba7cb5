import { once } from 'node:events';
import type http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { json } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';
import type { JsonObject, KubeObject } from '../../sandbox/kube/kube-object.ts';
import { TEST_CERTIFICATE, TEST_KEY } from './fake-certificate.ts';
import {
  type FakeChange,
  type FakeKind,
  type FakeObject,
  FakeObjectStore,
} from './fake-object-store.ts';
import { servePortForward } from './fake-port-forward.ts';

interface OpenWatch {
  kind: FakeKind;
  isWanted: (object: KubeObject) => boolean;
  response: http.ServerResponse;
}

/** A path such as `/api/v1/namespaces/default/pods/web`: base, namespace, plural, name. */
const RESOURCE =
  /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+))?\/([a-z]+)(?:\/([^/]+)(?:\/status)?)?$/;

/**
 * A Kubernetes API server for tests, as far as the server's client needs one: discovery, GET, LIST,
 * WATCH and PATCH, and all the ways in which these fail.
 */
export class FakeApiServer implements AsyncDisposable {
  readonly #server: https.Server;
  readonly #sockets = new Set<Socket>();
  readonly #store = new FakeObjectStore();
  readonly #watches = new Set<OpenWatch>();
  #port = 0;
  /** `WATCH`, `LIST` (any GET) or `PATCH` and the path without its query, for each request. */
  readonly requests: string[] = [];
  /** While set, requests for which it returns a status get that status. */
  failWith: ((path: string) => number | undefined) | undefined;
  /** The local ports that stand for those of pods, by `pod:port`. */
  readonly podPorts = new Map<string, number>();
  /** While true, watches are accepted but get no events. */
  isMute = false;
  /** While true, requests are accepted but get no answer. */
  isSilent = false;

  constructor() {
    const identity = { key: TEST_KEY, cert: TEST_CERTIFICATE };
    const demand = { ca: TEST_CERTIFICATE, requestCert: true, rejectUnauthorized: true };
    this.#server = https.createServer({ ...identity, ...demand }, (request, response) => {
      void this.#answer(request, response);
    });
    servePortForward(this.#server, (pod, port) => this.podPorts.get(`${pod}:${port}`));
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#store.onChange = (change) => {
      if (!this.isMute) for (const watch of this.#watches) send(watch, change);
    };
  }

  /** Starts listening; after {@link stop}, on the same port as before. */
  async start(): Promise<this> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** As if killed: connections break, objects stay. */
  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.breakConnections();
    await closed;
  }

  breakConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  get connections(): number {
    return this.#sockets.size;
  }

  get watches(): number {
    return this.#watches.size;
  }

  /** The kinds that it serves; tests may add and remove some. */
  get kinds(): FakeKind[] {
    return this.#store.kinds;
  }

  kubeConfig(): KubeConfig {
    const kubeConfig = new KubeConfig();
    const certificate = Buffer.from(TEST_CERTIFICATE).toString('base64');
    const keyData = Buffer.from(TEST_KEY).toString('base64');
    const server = `https://127.0.0.1:${this.#port}`;
    kubeConfig.loadFromOptions({
      clusters: [{ name: 'fake', server, caData: certificate }],
      users: [{ name: 'me', certData: certificate, keyData }],
      contexts: [{ name: 'here', cluster: 'fake', user: 'me' }],
      currentContext: 'here',
    });
    return kubeConfig;
  }

  /** Adds a Service with a ready pod behind it, whose port is a local one. */
  servePod(
    { service, port }: { service: string; port: number },
    target: { pod: string; port: number },
    at: number,
  ): void {
    this.put('Service', { metadata: { name: service }, spec: { ports: [{ port }] } });
    this.put('EndpointSlice', {
      metadata: { name: `${service}-x`, labels: { 'kubernetes.io/service-name': service } },
      ports: [{ name: '', port: target.port }],
      endpoints: [{ conditions: { ready: true }, targetRef: { kind: 'Pod', name: target.pod } }],
    });
    this.podPorts.set(`${target.pod}:${target.port}`, at);
  }

  /** Creates an object, or replaces the one of the same namespace and name. */
  put(kind: string, object: FakeObject): void {
    this.#store.put(kind, object);
  }

  delete(kind: string, name: string, namespace?: string): void {
    this.#store.delete(kind, name, namespace);
  }

  /** The object as it is now. */
  get(kind: string, name: string, namespace?: string): KubeObject | undefined {
    const found = this.kinds.find((each) => each.kind === kind);
    return found && this.#store.get(found, name, namespace);
  }

  /** Forgets the past: a watch that wants to start there gets the error 410. */
  compact(): void {
    this.#store.compact();
  }

  /** Ends all watches as an API server does: silently, or with an error first. */
  endWatches(error?: { code: number; message: string }): void {
    for (const { response } of this.#watches) {
      if (error !== undefined) response.write(line('ERROR', { kind: 'Status', ...error }));
      response.end();
    }
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://fake');
    const isWatch = searchParams.get('watch') === 'true';
    const isPatch = request.method === 'PATCH';
    this.requests.push(`${isPatch ? 'PATCH' : isWatch ? 'WATCH' : 'LIST'} ${pathname}`);
    if (this.isSilent) return;
    const status = this.failWith?.(pathname);
    if (status !== undefined) {
      reply(response, status, { message: 'as the test wants it' });
      return;
    }
    const served = this.kinds.filter(({ base }) => base === pathname);
    if (served.length > 0) {
      reply(response, 200, { resources: served.flatMap(discovered) });
      return;
    }
    const [, base = '', namespace, plural = '', name] = RESOURCE.exec(pathname) ?? [];
    const kind = this.#store.kindAt(base, plural);
    const object = kind && name !== undefined ? this.#store.get(kind, name, namespace) : undefined;
    if (kind === undefined || (name !== undefined && object === undefined)) {
      reply(response, 404, { message: 'not found' });
    } else if (object !== undefined) {
      if (isPatch) this.#store.patch(kind, object, (await json(request)) as JsonObject);
      reply(response, 200, this.#store.get(kind, object.metadata.name, namespace) ?? object);
    } else {
      const isWanted = filter(namespace, searchParams);
      const version = Number(searchParams.get('resourceVersion'));
      if (isWatch) this.#watch({ kind, isWanted, response }, version);
      else {
        const items = this.#store.list(kind).filter(isWanted);
        const metadata = { resourceVersion: String(this.#store.version) };
        reply(response, 200, { items, metadata });
      }
    }
  }

  #watch(watch: OpenWatch, from: number): void {
    const { response } = watch;
    this.#watches.add(watch);
    response.on('close', () => this.#watches.delete(watch));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const changes = this.#store.since(from);
    if (changes === undefined) {
      response.end(line('ERROR', { kind: 'Status', code: 410, message: 'too old' }));
    } else if (!this.isMute) for (const change of changes) send(watch, change);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.stop();
  }
}

/** As discovery lists a kind: its subresource has the same `kind`. */
function discovered({ plural, kind, namespaced }: FakeKind): object[] {
  return [
    { name: `${plural}/status`, kind, namespaced },
    { name: plural, kind, namespaced },
  ];
}

function filter(
  namespace: string | undefined,
  query: URLSearchParams,
): (object: KubeObject) => boolean {
  const terms = (query.get('fieldSelector') ?? '').split(',');
  const excluded = terms.map((term) => term.split('!=')[1]);
  const wanted = (query.get('labelSelector') ?? '').split(',').filter((term) => term !== '');
  const hasLabels = ({ metadata: { labels = {} } }: KubeObject): boolean =>
    wanted.every((term) => labels[term.split('=')[0] ?? ''] === term.split('=')[1]);
  return (object) =>
    hasLabels(object) &&
    (namespace === undefined
      ? !excluded.includes(object.metadata.namespace ?? '-')
      : object.metadata.namespace === namespace);
}

function send({ kind, isWanted, response }: OpenWatch, change: FakeChange): void {
  if (change.kind === kind && isWanted(change.object)) {
    response.write(line(change.type, change.object));
  }
}

function line(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

function reply(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
