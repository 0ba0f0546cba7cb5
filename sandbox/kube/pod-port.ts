import type { KubeConfig } from '@kubernetes/client-node';
import type https from 'node:https';
import { Duplex } from 'node:stream';
import { type RawData, WebSocket } from 'ws';
import { LabError } from '../errors.ts';

/** A port of a pod. */
export interface PodPort {
  namespace: string;
  pod: string;
  port: number;
}

/** Channel 0 carries the connection's bytes, channel 1 what went wrong; each begins with the port's number. */
const PROTOCOL = 'v4.channel.k8s.io';
const BYTES = Buffer.from([0]);
const PORT_NUMBER_BYTES = 2;

/**
 * Opens a TCP connection to a port of a pod by way of the API server, as `kubectl port-forward` does: to the pod's own loopback interface.
 * The bytes are the pod's, untouched. Whether the pod takes the connection shows only later: then it is destroyed with `LAB_PREVIEW_SILENT`.
 * The caller destroys it; `signal` is for the opening alone. Rejects with `LAB_PREVIEW_SILENT`, or the signal's reason.
 *
 * The client library's own port-forward does not slow down for a slow reader.
 */
export async function openPodPort(
  kubeConfig: KubeConfig,
  target: PodPort,
  signal: AbortSignal,
): Promise<Duplex> {
  signal.throwIfAborted();
  const { namespace, pod, port } = target;
  const options: https.RequestOptions = {};
  await kubeConfig.applyToHTTPSOptions(options);
  const server = (kubeConfig.getCurrentCluster()?.server ?? '').replace(/^http/, 'ws');
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}`;
  const socket = new WebSocket(`${server}${path}/portforward?ports=${port}`, [PROTOCOL], {
    ...options,
    perMessageDeflate: false,
  });
  // At once: what comes before somebody listens is lost.
  const connection = new PodConnection(socket, target);
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      connection.destroy();
      reject(signal.reason as Error);
    };
    const settle = (): void => signal.removeEventListener('abort', onAbort);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('open', () => {
      settle();
      connection.off('error', reject);
      resolve(connection);
    });
    connection.once('error', reject);
    connection.once('close', settle);
  });
}

/** The connection as a stream. It has of a socket what an HTTP agent asks of one. */
class PodConnection extends Duplex {
  readonly #socket: WebSocket;
  readonly #target: PodPort;
  /** How much of the port's number is still to come, by channel. */
  readonly #unread = [PORT_NUMBER_BYTES, PORT_NUMBER_BYTES];
  #idle: NodeJS.Timeout | undefined;

  constructor(socket: WebSocket, target: PodPort) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#target = target;
    // Between two requests, and before the first, no HTTP client listens; an error without a listener would end the server, and a pod can bring it about.
    this.on('error', () => undefined);
    socket.on('message', (data) => this.#onMessage(toBuffer(data)));
    socket.on('error', (error) => this.destroy(this.#silent(error)));
    socket.on('close', () => {
      // What has come is still to be read.
      this.push(null);
    });
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#socket.send(Buffer.concat([BYTES, chunk]), done);
  }

  /** The protocol cannot close one direction alone. */
  override _final(done: () => void): void {
    this.#socket.close();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#idle);
    this.#socket.terminate();
    done(error);
  }

  #onMessage(message: Buffer): void {
    const channel = message[0] === 0 ? 0 : 1;
    const skipped = Math.min(this.#unread[channel] ?? 0, message.length - 1);
    this.#unread[channel] = (this.#unread[channel] ?? 0) - skipped;
    const bytes = message.subarray(1 + skipped);
    if (bytes.length === 0) return;
    if (channel === 1) this.destroy(this.#silent(new Error(bytes.toString('utf8'))));
    else if (!this.push(bytes)) this.#socket.pause();
  }

  #silent(cause: Error): LabError {
    const { pod, port } = this.#target;
    const message = `Pod ${pod} takes no connection on port ${port}.`;
    return new LabError('LAB_PREVIEW_SILENT', message, { cause });
  }

  /** `timeout` so long after this call: the agent calls it whenever it has no more use for the connection. */
  setTimeout(ms: number): this {
    clearTimeout(this.#idle);
    if (ms > 0) this.#idle = setTimeout(() => this.emit('timeout'), ms).unref();
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
