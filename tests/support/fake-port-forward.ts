import type { IncomingMessage } from 'node:http';
import type https from 'node:https';
import net from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

const PROTOCOL = 'v4.channel.k8s.io';

/**
 * Serves port-forwarding for the fake API server, to local ports: `portOf` gives the port that
 * stands for one of a pod. Without one, the connection is refused.
 */
export function servePortForward(
  server: https.Server,
  portOf: (pod: string, port: number) => number | undefined,
): void {
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => PROTOCOL });
  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    const found = /\/pods\/([^/]+)\/portforward\?ports=(\d+)$/.exec(request.url ?? '');
    if (found === null) {
      socket.destroy();
      return;
    }
    const [, pod = '', port = ''] = found;
    sockets.handleUpgrade(request, socket, head, (client) => {
      forward(client, Number(port), portOf(pod, Number(port)));
    });
  });
}

function forward(client: WebSocket, requested: number, port: number | undefined): void {
  const number = Buffer.alloc(2);
  number.writeUInt16LE(requested);
  client.send(Buffer.concat([Buffer.from([0]), number]));
  client.send(Buffer.concat([Buffer.from([1]), number]));
  const refuse = (): void => {
    client.send(Buffer.concat([Buffer.from([1]), Buffer.from('connection refused')]));
    client.close();
  };
  if (port === undefined) {
    refuse();
    return;
  }
  const pod = net.connect(port, '127.0.0.1');
  pod.on('error', refuse);
  pod.on('data', (chunk) => {
    pod.pause();
    client.send(Buffer.concat([Buffer.from([0]), chunk]), () => pod.resume());
  });
  pod.on('end', () => client.close());
  client.on('message', (message: Buffer) => pod.write(message.subarray(1)));
  client.on('close', () => pod.destroy());
}
