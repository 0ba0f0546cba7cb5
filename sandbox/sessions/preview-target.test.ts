import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { previewSchema } from '../../src/protocol/lab.ts';
import { FakeApiServer } from '../../tests/support/fake-api-server.ts';
import { KubeApi } from '../kube/kube-api.ts';
import { findPreviewPod } from './preview-target.ts';

let server: FakeApiServer;
let api: KubeApi;

beforeEach(async () => {
  server = await new FakeApiServer().start();
  api = new KubeApi(server.kubeConfig());
});

afterEach(async () => {
  api[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

async function find(preview: object): Promise<unknown> {
  return findPreviewPod(api, previewSchema.parse(preview), AbortSignal.timeout(5_000));
}

/** An EndpointSlice of the Service `web`; `pods` says which of its pods are ready. */
function putSlice(pods: Record<string, boolean>, name = 'web-1'): void {
  server.put('EndpointSlice', {
    metadata: { name, labels: { 'kubernetes.io/service-name': 'web' } },
    ports: [
      { name: 'metrics', port: 9090 },
      { name: 'ui', port: 8080 },
    ],
    endpoints: Object.entries(pods).map(([pod, ready]) => ({
      conditions: { ready },
      targetRef: { kind: 'Pod', name: pod, namespace: 'kube-system' },
    })),
  });
}

function putService(): void {
  server.put('Service', {
    metadata: { name: 'web' },
    spec: { ports: [{ name: 'ui', port: 80, targetPort: 'http' }] },
  });
}

const behind = { service: 'web', port: 80 };

describe('the pod behind a Service', () => {
  it('is a ready one, always the same, at the Service’s target port', async () => {
    putService();
    putSlice({ 'web-c': true, 'web-a': false });
    putSlice({ 'web-b': true }, 'web-2');
    // In the preview's namespace, whatever the endpoint says.
    expect(await find(behind)).toEqual({ namespace: 'default', pod: 'web-b', port: 8080 });
  });

  it('is absent while the Service is absent or has another port', async () => {
    await expect(find(behind)).rejects.toMatchObject({ code: 'LAB_PREVIEW_ABSENT' });
    putService();
    const other = find({ ...behind, port: 81 });
    await expect(other).rejects.toMatchObject({
      code: 'LAB_PREVIEW_ABSENT',
      message: 'The Service web in the namespace default has no port 81; it has 80.',
    });
  });

  it('is not ready while no pod is', async () => {
    putService();
    await expect(find(behind)).rejects.toMatchObject({ code: 'LAB_PREVIEW_NOT_READY' });
    putSlice({ 'web-a': false });
    await expect(find(behind)).rejects.toMatchObject({ code: 'LAB_PREVIEW_NOT_READY' });
  });
});

describe('the pod with labels', () => {
  const labelled = { selector: { app: 'spark', role: 'driver' }, port: 4040, namespace: 'jobs' };
  const put = (name: string, labels: Record<string, string>, status: string): void => {
    server.put('Pod', {
      metadata: { name, namespace: 'jobs', labels },
      status: { conditions: [{ type: 'Ready', status }] },
    });
  };

  it('has all labels and is ready', async () => {
    put('driver-1', { app: 'spark', role: 'driver' }, 'False');
    put('driver-2', { app: 'spark', role: 'driver' }, 'True');
    put('a-worker', { app: 'spark', role: 'executor' }, 'True');
    expect(await find(labelled)).toEqual({ namespace: 'jobs', pod: 'driver-2', port: 4040 });
  });

  it('is absent, or not ready', async () => {
    await expect(find(labelled)).rejects.toMatchObject({ code: 'LAB_PREVIEW_ABSENT' });
    put('driver-1', { app: 'spark', role: 'driver' }, 'False');
    await expect(find(labelled)).rejects.toMatchObject({ code: 'LAB_PREVIEW_NOT_READY' });
  });
});
