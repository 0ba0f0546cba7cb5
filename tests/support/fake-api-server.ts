import { once } from 'node:events';
import type http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import type { KubeObject } from '../../sandbox/kube/kube-object.ts';
import { servePortForward } from './fake-port-forward.ts';
import { TEST_CERTIFICATE, TEST_KEY } from './fake-certificate.ts';

interface FakeKind {
  base: string;
  plural: string;
  kind: string;
  namespaced: boolean;
}

interface Change {
  version: number;
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  kind: FakeKind;
  object: KubeObject;
}

interface OpenWatch {
  kind: FakeKind;
  isWanted: (object: KubeObject) => boolean;
  response: http.ServerResponse;
}

/** What a test puts in: the server adds uid and version. */
export interface FakeObject {
  metadata: Partial<KubeObject['metadata']> & { name: string };
  [field: string]: unknown;
}

const core = { base: '/api/v1', namespaced: true };

/** As much of a Kubernetes API server as a reader needs: discovery, LIST, WATCH, and all the ways in which these go wrong. For tests. */
export class FakeApiServer implements AsyncDisposable {
  readonly #server: https.Server;
  readonly #sockets = new Set<Socket>();
  readonly #objects = new Map<string, { kind: FakeKind; object: KubeObject }>();
  readonly #watches = new Set<OpenWatch>();
  #history: Change[] = [];
  #version = 100;
  #port = 0;
  /** Each path asked for, without its query, `WATCH` or `LIST` before it. */
  readonly requests: string[] = [];
  /** While set, requests that it names get this status. */
  failWith: ((path: string) => number | undefined) | undefined;
  /** The ports of this machine that stand for those of pods, by `pod:port`. */
  readonly podPorts = new Map<string, number>();
  /** While true, watches are accepted but hear nothing. */
  isMute = false;
  readonly kinds: FakeKind[] = [
    { ...core, plural: 'pods', kind: 'Pod' },
    { ...core, plural: 'nodes', kind: 'Node', namespaced: false },
    { ...core, plural: 'events', kind: 'Event' },
    { ...core, plural: 'secrets', kind: 'Secret' },
    { ...core, plural: 'services', kind: 'Service' },
    {
      base: '/apis/discovery.k8s.io/v1',
      plural: 'endpointslices',
      kind: 'EndpointSlice',
      namespaced: true,
    },
    { base: '/apis/apps/v1', plural: 'deployments', kind: 'Deployment', namespaced: true },
  ];

  constructor() {
    const identity = { key: TEST_KEY, cert: TEST_CERTIFICATE };
    const demand = { ca: TEST_CERTIFICATE, requestCert: true, rejectUnauthorized: true };
    this.#server = https.createServer({ ...identity, ...demand }, (request, response) =>
      this.#answer(request, response),
    );
    servePortForward(this.#server, (pod, port) => this.podPorts.get(`${pod}:${port}`));
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  /** Begins to listen; again on the same port after {@link stop}. */
  async start(): Promise<this> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** As if killed: connections break, what was stored stays. */
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

  /** A Service with a ready pod behind it, whose port is one of this machine. */
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

  /** Creates an object, or replaces that of the same namespace and name. */
  put(kindName: string, object: FakeObject): void {
    const kind = this.#kind(kindName);
    const { metadata } = object;
    const namespace = kind.namespaced ? { namespace: metadata.namespace ?? 'default' } : {};
    const key = [kindName, metadata.namespace ?? 'default', metadata.name].join('/');
    const known = this.#objects.get(key);
    const version = ++this.#version;
    const stored: KubeObject = {
      ...object,
      metadata: {
        uid: known?.object.metadata.uid ?? `uid-${version}`,
        ...namespace,
        ...metadata,
        resourceVersion: String(version),
      },
    };
    this.#objects.set(key, { kind, object: stored });
    this.#record({ version, type: known ? 'MODIFIED' : 'ADDED', kind, object: stored });
  }

  delete(kindName: string, name: string, namespace = 'default'): void {
    const key = [kindName, namespace, name].join('/');
    const known = this.#objects.get(key);
    if (known === undefined) throw new Error(`there is no ${key}`);
    const { kind, object } = known;
    this.#objects.delete(key);
    const version = ++this.#version;
    const metadata = { ...object.metadata, resourceVersion: String(version) };
    this.#record({ version, type: 'DELETED', kind, object: { ...object, metadata } });
  }

  /** Forgets the past: a watch that wants to begin there is told that it is gone. */
  compact(): void {
    this.#history = [];
    this.#version += 1;
  }

  /** Ends all watches as a server does: politely, or with an error first. */
  endWatches(error?: { code: number; message: string }): void {
    for (const { response } of this.#watches) {
      if (error !== undefined) response.write(line('ERROR', { kind: 'Status', ...error }));
      response.end();
    }
  }

  #kind(name: string): FakeKind {
    const found = this.kinds.find(({ kind }) => kind === name);
    if (found === undefined) throw new Error(`there is no kind ${name}`);
    return found;
  }

  #record(change: Change): void {
    this.#history.push(change);
    if (this.isMute) return;
    for (const watch of this.#watches) this.#tell(watch, change);
  }

  #tell({ kind, isWanted, response }: OpenWatch, change: Change): void {
    if (change.kind === kind && isWanted(change.object)) {
      response.write(line(change.type, change.object));
    }
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const url = new URL(request.url ?? '', 'http://fake');
    const isWatch = url.searchParams.get('watch') === 'true';
    this.requests.push(`${isWatch ? 'WATCH' : 'LIST'} ${url.pathname}`);
    const status = this.failWith?.(url.pathname);
    if (status !== undefined) {
      send(response, status, { message: 'as the test wants it' });
      return;
    }

    const one = /^(\/.+?)\/namespaces\/([^/]+)\/([a-z]+)\/([^/]+)$/.exec(url.pathname);
    if (one !== null) {
      const [, base = '', namespace = '', plural = '', name = ''] = one;
      const kind = this.kinds.find((each) => each.base === base && each.plural === plural);
      const found = this.#objects.get([kind?.kind, namespace, name].join('/'));
      if (found === undefined) send(response, 404, { message: 'not found' });
      else send(response, 200, found.object);
      return;
    }
    const served = this.kinds.filter(({ base }) => base === url.pathname);
    const path = /^(\/.+?)(?:\/namespaces\/([^/]+))?\/([a-z]+)$/.exec(url.pathname);
    const kind = this.kinds.find(({ base, plural }) => base === path?.[1] && plural === path[3]);
    const isWanted = filter(path?.[2], url.searchParams);
    if (served.length > 0) discover(response, served);
    else if (kind === undefined) send(response, 404, { message: 'not found' });
    else if (!isWatch) this.#list(response, kind, isWanted);
    else {
      this.#watch({ kind, isWanted, response }, Number(url.searchParams.get('resourceVersion')));
    }
  }

  #list(
    response: http.ServerResponse,
    kind: FakeKind,
    isWanted: (object: KubeObject) => boolean,
  ): void {
    const items = [...this.#objects.values()]
      .filter((each) => each.kind === kind && isWanted(each.object))
      .map(({ object }) => object);
    send(response, 200, { items, metadata: { resourceVersion: String(this.#version) } });
  }

  #watch(watch: OpenWatch, from: number): void {
    const { response } = watch;
    this.#watches.add(watch);
    response.on('close', () => this.#watches.delete(watch));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (this.#history.length === 0 && from < this.#version) {
      response.end(line('ERROR', { kind: 'Status', code: 410, message: 'too old' }));
      return;
    }
    if (this.isMute) return;
    for (const change of this.#history) if (change.version > from) this.#tell(watch, change);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.stop();
  }
}

function discover(response: http.ServerResponse, kinds: FakeKind[]): void {
  const resources = kinds.flatMap(({ plural, kind, namespaced }) => [
    { name: `${plural}/status`, kind, namespaced },
    { name: plural, kind, namespaced },
  ]);
  send(response, 200, { resources });
}

function filter(
  namespace: string | undefined,
  query: URLSearchParams,
): (object: KubeObject) => boolean {
  const terms = (query.get('fieldSelector') ?? '').split(',');
  const excluded = terms.map((term) => term.split('!=')[1]);
  const wanted = (query.get('labelSelector') ?? '').split(',').filter((term) => term !== '');
  const hasLabels = ({ metadata }: KubeObject): boolean => {
    const { labels = {} } = metadata as { labels?: Record<string, string> };
    return wanted.every((term) => labels[term.split('=')[0] ?? ''] === term.split('=')[1]);
  };
  return (object) =>
    hasLabels(object) &&
    (namespace === undefined
      ? !excluded.includes(object.metadata.namespace ?? '-')
      : object.metadata.namespace === namespace);
}

function line(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

function send(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
