import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { extract } from 'tar-stream';

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';

interface Blob {
  type: string;
  bytes: Buffer;
}

/** An image registry on a free port of 127.0.0.1 that serves one image. Disposing it stops it. */
export class SmallRegistry implements AsyncDisposable {
  readonly #server: Server;
  readonly #blobs = new Map<string, Blob>();
  /** The paths of all requests. */
  readonly asked: string[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      const path = request.url ?? '';
      this.asked.push(path);
      const blob = this.#blobs.get(path.split('/').at(-1) ?? '');
      if (path === '/v2/') response.writeHead(200).end('{}');
      else if (blob === undefined)
        response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
      else {
        const { type, bytes } = blob;
        response.writeHead(200, { 'content-type': type, 'content-length': bytes.length });
        response.end(request.method === 'HEAD' ? undefined : bytes);
      }
    });
  }

  /** Serves the image of a tar that `docker save` wrote, under every name, with this tag. */
  static async of(saved: NodeJS.ReadableStream, tag: string): Promise<SmallRegistry> {
    const registry = new SmallRegistry();
    const files = await readTar(saved);
    const file = (path: string): Buffer => files.get(path) ?? Buffer.alloc(0);
    const [image] = JSON.parse(file('manifest.json').toString()) as [
      { Config: string; Layers: string[] },
    ];
    const config = registry.#add(
      'application/vnd.docker.container.image.v1+json',
      file(image.Config),
    );
    const layers = image.Layers.map((path) =>
      registry.#add('application/vnd.docker.image.rootfs.diff.tar.gzip', gzipSync(file(path))),
    );
    const manifest = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers });
    const { digest } = registry.#add(MANIFEST, Buffer.from(manifest));
    registry.#blobs.set(tag, registry.#blobs.get(digest)!);
    registry.#server.listen(0, '127.0.0.1');
    await once(registry.#server, 'listening');
    return registry;
  }

  /** `127.0.0.1:<port>`, the prefix of image names. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #add(type: string, bytes: Buffer): { mediaType: string; size: number; digest: string } {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    this.#blobs.set(digest, { type, bytes });
    return { mediaType: type, size: bytes.length, digest };
  }
}

async function readTar(stream: NodeJS.ReadableStream): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for await (const entry of stream.pipe(extract())) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
    files.set(entry.header.name, Buffer.concat(chunks));
  }
  return files;
}
