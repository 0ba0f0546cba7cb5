import { describe, expect, it, test } from 'vitest';
import type { KubeObject } from '../kube/kube-object.ts';
import { toClusterNews } from './cluster-news.ts';
import { drawNode } from './picture-node.ts';
import { drawPod } from './picture-pod.ts';
import { drawService } from './picture-service.ts';
import { toMebibytes, toMillis } from './quantities.ts';

const object = (metadata: object, rest: object = {}): KubeObject => ({
  metadata: { name: 'web', uid: 'u', namespace: 'default', ...metadata },
  ...rest,
});

test.each([
  ['250m', 250, 0],
  ['2', 2000, 0],
  ['1.5', 1500, 0],
  ['128Mi', 128 * 2 ** 20 * 1000, 128],
  ['1e9', 1e12, 954],
  ['1G', 1e12, 954],
  ['', 0, 0],
  ['much', 0, 0],
])('the quantity %j is %d thousandths, %d MiB', (quantity, millis, mebibytes) => {
  expect(toMillis(quantity)).toBe(millis);
  expect(toMebibytes(quantity)).toBe(mebibytes);
});

test('a node shows what pods can use', () => {
  const node = object({}, { status: { allocatable: { cpu: '2', memory: '1048576Ki' } } });
  expect(drawNode(node)).toMatchObject({ cpu: 2000, memory: 1024 });
});

describe('a pod', () => {
  it('requests the sum of its containers', () => {
    const resources = { requests: { cpu: '100m', memory: '64Mi' } };
    const pod = object({}, { spec: { containers: [{ resources }, { resources }, {}] } });
    expect(drawPod(pod)).toMatchObject({ cpu: 200, memory: 128 });
    expect(drawPod(object({}))).not.toHaveProperty('cpu');
  });

  it('belongs to the Deployment that owns its ReplicaSet', () => {
    const ownerReferences = [{ kind: 'ReplicaSet', name: 'my-web-5d9', uid: 'r' }];
    const labels = { 'pod-template-hash': '5d9' };
    expect(drawPod(object({ ownerReferences, labels })).owner).toBe('Deployment/my-web');
    expect(drawPod(object({ ownerReferences })).owner).toBe('ReplicaSet/my-web-5d9');
  });

  it('says how its container last ended, unless it is waiting now', () => {
    const ended = { lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } };
    const running = { ...ended, name: 'a', restartCount: 1, state: { running: {} } };
    expect(drawPod(object({}, { status: { containerStatuses: [running] } })).why).toBe('OOMKilled');
    const waiting = { ...running, state: { waiting: { reason: 'X', message: 'back-off' } } };
    expect(drawPod(object({}, { status: { containerStatuses: [waiting] } })).why).toBe('back-off');
  });
});

describe('a Service', () => {
  const slice = (service: string, ready?: boolean): KubeObject =>
    object(
      { labels: { 'kubernetes.io/service-name': service } },
      {
        endpoints: [
          {
            addresses: ['10.244.1.2'],
            conditions: { ready },
            targetRef: { kind: 'Pod', uid: 'p' },
          },
        ],
      },
    );

  it('is ready when one of its endpoints is', () => {
    expect(drawService(object({}), [slice('web', false)])).toMatchObject({ ready: false });
    expect(drawService(object({}), [slice('web', true)])).toMatchObject({ ready: true });
    expect(drawService(object({}), [slice('web')])).toMatchObject({ ready: true });
    expect(drawService(object({}), [slice('other')])).toMatchObject({ endpoints: [] });
  });

  it('lists all its addresses, the internal one first', () => {
    const balanced = object(
      {},
      {
        spec: { type: 'LoadBalancer', clusterIP: '10.96.0.9', ports: [{ port: 80, nodePort: 3 }] },
        status: { loadBalancer: { ingress: [{ ip: '10.89.0.100' }] } },
      },
    );
    expect(drawService(balanced, [])).toMatchObject({
      status: 'LoadBalancer',
      addresses: ['10.96.0.9', '10.89.0.100'],
      ports: ['80:3'],
    });
    const headless = object({}, { spec: { clusterIP: 'None' } });
    expect(drawService(headless, [])).toMatchObject({ status: 'headless', addresses: [] });
  });
});

test.each([
  ['Warning', 'FailedScheduling', '0/3 nodes are available', true],
  ['Normal', 'ScalingReplicaSet', 'Scaled up replica set web-1 from 3 to 6', false],
  ['Normal', 'Killing', 'Container web failed liveness probe, will be restarted', true],
  ['Normal', 'Killing', 'Stopping container web', undefined],
  ['Normal', 'Pulled', 'Container image is there', undefined],
])('a %s event %s "%s" becomes news, a warning or not: %s', (type, reason, message, isWarning) => {
  const involvedObject = { kind: 'Pod', name: 'web', namespace: 'default' };
  expect(toClusterNews(object({}, { type, reason, message, involvedObject }))?.isWarning).toBe(
    isWarning,
  );
});
