import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openedPreviewSchema } from '../../src/protocol/preview.ts';
import { profileSchema } from '../../src/protocol/lab.ts';
import { PreviewBrowser } from '../../tests/support/preview-browser.ts';
import { RealProvider } from '../../tools/support/real-provider.ts';
import { TestServer } from '../../tools/support/test-server.ts';
import type { Sandbox } from '../provider.ts';

const provider = new RealProvider('previews');
let sandbox: Sandbox;
let server: TestServer;
let browser: PreviewBrowser;
let owner: Awaited<ReturnType<TestServer['create']>>;

beforeAll(async () => {
  await provider.begin();
  sandbox = await provider.start(profileSchema.parse({}));
  server = new TestServer();
  server.provider.kubeConfig = sandbox.cluster.kubeConfig;
  await server.start();
  await server.app.listen({ port: 0, host: '127.0.0.1' });
  browser = new PreviewBrowser((server.app.server.address() as AddressInfo).port);
  owner = await server.create();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

async function shell(text: string): Promise<string> {
  const signal = AbortSignal.timeout(90_000);
  const { exitCode, output } = await sandbox.workstation.exec(['bash', '-ec', text], { signal });
  if (exitCode !== 0) throw new Error(output);
  return output.trim();
}

async function enter(preview: string): Promise<string> {
  const url = `/api/sessions/${owner.session.id}/previews/${preview}`;
  const response = await server.request('POST', url, { cookie: owner.cookie, payload: {} });
  return browser.enter(openedPreviewSchema.parse(response.json()).url);
}

it('follows its Service: absent, not ready, ready, replaced, silent', async () => {
  const page = await enter('page');
  const shown = async (): Promise<string> => (await browser.request(page)).body;
  expect(await shown()).toContain('LAB_PREVIEW_ABSENT');
  await shell('kubectl create service clusterip web --tcp=80:8080');
  expect(await shown()).toContain('LAB_PREVIEW_NOT_READY');
  await shell(`kubectl create deployment web --image=kindlab/web:1
    kubectl rollout status deployment web`);
  const first = await shown();
  expect(first).toMatch(/^pod: web-/);

  await shell(`kubectl delete pod -l app=web --now; kubectl rollout status deployment web`);
  await expect.poll(shown, { timeout: 30_000 }).toMatch(/^pod: web-/);
  expect(await shown()).not.toBe(first);

  // Now the Service sends to a port where nothing listens.
  await shell(
    `kubectl patch service web -p '{"spec":{"ports":[{"name":"80-8080","port":80,"targetPort":9999}]}}'`,
  );
  try {
    // The endpoint controller retries at growing intervals when it has read stale objects.
    await expect.poll(shown, { timeout: 90_000 }).toContain('LAB_PREVIEW_SILENT');
  } catch (cause) {
    throw new Error(await shell('kubectl get service,endpointslices -o yaml'), { cause });
  }
});

/** A WebSocket server in busybox: answers the handshake, and the first byte with hello. */
const SOCKET_SERVER = String.raw`
cat > /tmp/serve <<'END'
#!/bin/sh
while read -r name value; do
  value=$(echo "$value" | tr -d '\r')
  [ "$(echo "$name" | tr A-Z a-z)" = sec-websocket-key: ] && key=$value
  [ "$name" = "$(printf '\r')" ] && break
done
sum=$(printf '%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11' "$key" | sha1sum | cut -d ' ' -f 1)
accept=$(printf '%s' "$sum" | xxd -r -p | base64)
printf 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
printf 'Sec-WebSocket-Accept: %s\r\n\r\n' "$accept"
head -c 1 > /dev/null
printf '\201\005hello'
cat > /dev/null
END
chmod +x /tmp/serve
exec nc -ll -p 8000 -e /tmp/serve
`;

it('connects a WebSocket to a pod that is selected by labels, and closes it with the pod', async () => {
  const manifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'model', labels: { app: 'model' } },
    spec: {
      containers: [{ name: 'model', image: 'kindlab/web:1', command: ['sh', '-c', SOCKET_SERVER] }],
    },
  };
  const encoded = Buffer.from(JSON.stringify(manifest)).toString('base64');
  await shell(`echo ${encoded} | base64 -d | kubectl apply -f -
    kubectl wait --for=condition=Ready pod/model --timeout=60s`);
  const page = await enter('docs');
  // The pod is ready before it listens.
  const socket = await vi.waitUntil(async () => browser.socket(page).catch(() => undefined), {
    timeout: 30_000,
  });
  const heard = once(socket, 'message');
  socket.send('hello?');
  expect(String((await heard)[0])).toBe('hello');
  const closed = once(socket, 'close');
  await shell('kubectl delete pod model --now');
  await closed;
});
