import type { KubeConfig } from '@kubernetes/client-node';
import type https from 'node:https';
import { Duplex } from 'node:stream';
import { type RawData, WebSocket } from 'ws';
import { unlessAborted } from '../../src/async.ts';
import { LabError } from '../errors.ts';

/** A port of a pod. */
export interface PodPort {
  namespace: string;
  pod: string;
  port: number;
}

/** Channel 0 carries bytes, channel 1 errors; both start with the port number. */
const PROTOCOL = 'v4.channel.k8s.io';
const BYTES = Buffer.from([0]);
const PORT_NUMBER_BYTES = 2;

/**
 * Opens a TCP connection to a port of a pod through the API server, as `kubectl port-forward` does:
 * to the pod's own loopback interface. The caller destroys it; `signal` covers only the opening.
 *
 * Rejects with `LAB_PREVIEW_SILENT`, or with the signal's reason. A pod that refuses the connection
 * does so only later: the connection is then destroyed with `LAB_PREVIEW_SILENT`.
 *
 * The client library's own port-forward has no back-pressure.
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
  // Created before the first await: messages without a listener would be lost.
  const connection = new PodConnection(socket, target);
  const opened = Promise.withResolvers<undefined>();
  socket.once('open', () => opened.resolve(undefined));
  connection.once('error', opened.reject);
  try {
    await unlessAborted(opened.promise, signal);
    return connection;
  } catch (error) {
    connection.destroy();
    throw error;
  } finally {
    connection.off('error', opened.reject);
  }
}

/** The connection as a stream, with those methods of a socket that an HTTP agent calls. */
class PodConnection extends Duplex {
  readonly #socket: WebSocket;
  readonly #target: PodPort;
  /** Bytes of the port number still to come, by channel. */
  readonly #unread = [PORT_NUMBER_BYTES, PORT_NUMBER_BYTES];
  #idle: NodeJS.Timeout | undefined;

  constructor(socket: WebSocket, target: PodPort) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#target = target;
    // Between requests no HTTP client listens. A pod can cause an error at any time, and an error
    // without a listener would end the server.
    this.on('error', () => undefined);
    socket.on('message', (data) => this.#onMessage(toBuffer(data)));
    socket.on('error', (error) => this.destroy(this.#silent(error)));
    socket.on('close', () => {
      // Data that has arrived can still be read.
      this.push(null);
    });
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#socket.send(Buffer.concat([BYTES, chunk]), done);
  }

  /** The protocol cannot close only one direction. */
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
    const message = `Pod ${pod} accepts no connection on port ${port}.`;
    return new LabError('LAB_PREVIEW_SILENT', message, { cause });
  }

  /** Emits `timeout` after `ms`. The agent calls this when it puts the connection aside. */
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
