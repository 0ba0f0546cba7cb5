import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testImages } from '../../../../tools/support/images.ts';
import { Engine } from '../engine/engine.ts';
import { closeHost, openHost } from '../firewall.ts';
import { listLabelled } from '../engine/inventory.ts';
import { runOnNode } from '../../../clusters/node-commands.ts';
import { KindCluster } from './kind-cluster.ts';
import type { StartedKindCluster } from './started-kind-cluster.ts';

const engine = new Engine();
const { node: image } = testImages();
const firewall = { install: 'kctest01', image, signal: AbortSignal.timeout(600_000) };
const bridge = (name: string): string => `klkcte-${name}`;

/** A pod on a given node that answers on 8080 and has wget. */
function pod(name: string, nodeName: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'web' } },
    spec: {
      nodeName,
      containers: [{ name: 'web', image: 'kindlab/web:1', imagePullPolicy: 'Never' }],
    },
  });
}

async function apply(cluster: StartedKindCluster, manifest: string): Promise<string> {
  return runOnNode(cluster.controlPlane, [
    'bash',
    '-c',
    'printf %s "$1" | kubectl --kubeconfig=/etc/kubernetes/admin.conf apply -f -',
    'apply',
    manifest,
  ]);
}

async function fetchFrom(cluster: StartedKindCluster, from: string, url: string): Promise<string> {
  return cluster.kubectl('exec', from, '--', 'timeout', '5', 'wget', '-q', '-O', '-', url);
}

describe('a cluster of three nodes', () => {
  let cluster: StartedKindCluster;
  const stages: string[] = [];

  beforeAll(async () => {
    await closeHost(engine, firewall);
    cluster = await new KindCluster(image)
      .withEngine(engine)
      .withWorkers(2)
      .withName('kindlab-kctest-a')
      .withBridge(bridge('a'))
      .withStageListener((stage, edge) => stages.push(`${stage} ${edge}`))
      .start();
    await apply(cluster, pod('one', 'worker'));
    await apply(cluster, pod('two', 'worker2'));
    await cluster.kubectl('wait', '--for=condition=Ready', 'pod/one', 'pod/two', '--timeout=60s');
  });

  afterAll(async () => {
    await (cluster as StartedKindCluster | undefined)?.stop();
    await openHost(engine, firewall);
    expect(await listLabelled(engine, ['kindlab.cluster=kindlab-kctest-a'])).toEqual([]);
  });

  it('has three Ready nodes of Kubernetes 1.36, and reports its stages in order', async () => {
    const nodes = await cluster.kubectl(
      'get',
      'nodes',
      '--output=jsonpath={range .items[*]}{.metadata.name} {.status.nodeInfo.kubeletVersion} {end}',
    );
    expect(nodes.trim()).toBe('control-plane v1.36.3 worker v1.36.3 worker2 v1.36.3');
    expect(stages.filter((stage) => stage.endsWith('done'))).toEqual([
      'network done',
      'nodes done',
      'control-plane done',
      'workers done',
    ]);
  });

  it('lets pods on different workers reach each other', async () => {
    const address = await cluster.kubectl('get', 'pod', 'two', '--output=jsonpath={.status.podIP}');
    expect(address).toMatch(/^10\.244\.2\./);
    expect(await fetchFrom(cluster, 'one', `http://${address}:8080/`)).not.toBe('');
  });

  it('gives services an address and a name', async () => {
    await cluster.kubectl('expose', 'pod', 'two', '--name=two', '--port=80', '--target-port=8080');
    await expect
      .poll(async () => fetchFrom(cluster, 'one', 'http://two/').catch(() => ''), {
        timeout: 20_000,
      })
      .not.toBe('');
    await expect(cluster.kubectl('exec', 'one', '--', 'nslookup', 'example.org')).rejects.toThrow();
  });

  it('reports within seconds that an image does not exist', async () => {
    await cluster.kubectl('run', 'mistyped', '--image=kindlab/wep:1');
    await expect
      .poll(async () => cluster.kubectl('events', '--for=pod/mistyped'), { timeout: 8_000 })
      .toContain('kindlab/wep:1: not found');
    await cluster.kubectl('delete', 'pod', 'mistyped', '--now');
  });

  it('keeps what a pod writes to a volume', async () => {
    await apply(
      cluster,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '16Mi' } } },
      }),
    );
    const writer = JSON.parse(pod('writer', 'worker')) as Record<string, unknown>;
    // Not by nodeName: the scheduler is what binds a volume to the node of its first consumer.
    writer.spec = {
      nodeSelector: { 'kubernetes.io/hostname': 'worker' },
      containers: [
        {
          name: 'web',
          image: 'kindlab/web:1',
          imagePullPolicy: 'Never',
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
    };
    await apply(cluster, JSON.stringify(writer));
    await cluster.kubectl('wait', '--for=condition=Ready', 'pod/writer', '--timeout=60s');
    await cluster.kubectl('exec', 'writer', '--', 'sh', '-c', 'echo kept > /data/file');
    await cluster.kubectl('delete', 'pod', 'writer', '--grace-period=0', '--force');
    await apply(cluster, JSON.stringify(writer));
    await cluster.kubectl('wait', '--for=condition=Ready', 'pod/writer', '--timeout=60s');
    expect(await cluster.kubectl('exec', 'writer', '--', 'cat', '/data/file')).toBe('kept\n');
  });

  it('reaches neither the outside nor the host', async () => {
    const server = createServer((_request, response) => response.end('host'));
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const gateway = await runOnNode(cluster.controlPlane, [
        'bash',
        '-c',
        "ip route | awk '/default/ {print $3}'",
      ]);
      await expect(
        runOnNode(cluster.controlPlane, [
          'timeout',
          '3',
          'bash',
          '-c',
          `: < /dev/tcp/${gateway.trim()}/${port}`,
        ]),
      ).rejects.toThrow();
      await expect(
        fetchFrom(cluster, 'one', `http://${gateway.trim()}:${port}/`),
      ).rejects.toThrow();
    } finally {
      server.close();
    }
  });

  it('answers on the host at 127.0.0.1 with the kubeconfig it gives', async () => {
    const server = cluster.kubeConfig.getCurrentCluster()?.server;
    expect(server).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const { CoreV1Api } = await import('@kubernetes/client-node');
    const { items } = await cluster.kubeConfig.makeApiClient(CoreV1Api).listNode();
    expect(items).toHaveLength(3);
  });

  it('denies the host’s devices to root on a node', async () => {
    const open = 'mknod /tmp/disk b 7 0 && head -c 1 /tmp/disk';
    await expect(runOnNode(cluster.node('worker'), ['bash', '-c', open])).rejects.toThrow(
      /not permitted|Permission denied/,
    );
  });

  describe('the learner', () => {
    const asLearner = async (...argv: string[]): Promise<string> =>
      runOnNode(cluster.controlPlane, ['kubectl', '--kubeconfig=/run/learner.conf', ...argv]);

    beforeAll(async () => {
      const config = await cluster.createUserKubeConfig('learner', ['kindlab:learners']);
      await runOnNode(cluster.controlPlane, [
        'bash',
        '-c',
        'printf %s "$1" > /run/learner.conf',
        'write',
        config,
      ]);
    });

    it.each([
      ['get', 'nodes', 'yes'],
      ['create', 'deployments.apps', 'yes'],
      ['create', 'pods --subresource=exec', 'yes'],
      ['create', 'pods --subresource=portforward', 'yes'],
      ['get', 'nodes --subresource=proxy', 'no'],
      ['patch', 'nodes', 'yes'],
      ['patch', 'nodes --subresource=status', 'no'],
      ['delete', 'nodes', 'no'],
      ['create', 'clusterrolebindings', 'no'],
      ['create', 'persistentvolumes', 'no'],
      ['impersonate', 'users', 'no'],
      ['create', 'serviceaccounts --subresource=token', 'no'],
      ['patch', 'namespaces', 'no'],
      ['delete', 'validatingadmissionpolicies', 'no'],
    ])('may %s %s: %s', async (verb, resource, answer) => {
      const asked = asLearner('auth', 'can-i', verb, ...resource.split(' '));
      if (answer === 'yes') expect(await asked).toContain('yes');
      else await expect(asked).rejects.toThrow(/no/);
    });

    it('cannot touch the system’s namespaces', async () => {
      await expect(asLearner('-n', 'kube-system', 'create', 'configmap', 'mine')).rejects.toThrow(
        /belongs to the cluster itself/,
      );
      await expect(
        asLearner('-n', 'kube-system', 'exec', 'ds/kube-proxy', '--', 'id'),
      ).rejects.toThrow(/belongs to the cluster itself/);
      await expect(asLearner('delete', 'namespace', 'local-path-storage')).rejects.toThrow(
        /belongs to the cluster itself/,
      );
      expect(await asLearner('-n', 'kube-system', 'get', 'secrets', '-o', 'name')).not.toContain(
        'secret/',
      );
    });

    it('cordons, uncordons and labels a node', async () => {
      expect(await asLearner('cordon', 'worker')).toContain('cordoned');
      expect(await asLearner('uncordon', 'worker')).toContain('uncordoned');
      expect(await asLearner('label', 'node', 'worker', 'disk=fast')).toContain('labeled');
      expect(await asLearner('label', 'node', 'worker', 'disk-')).toContain('unlabeled');
    });

    it.each([
      ['privileged', { containers: [{ securityContext: { privileged: true } }] }],
      ['hostPID', { hostPID: true }],
      ['hostNetwork', { hostNetwork: true }],
      ['hostPath', { volumes: [{ name: 'host', hostPath: { path: '/' } }] }],
    ])('cannot run a pod with %s', async (_what, spec) => {
      const containers = (spec as { containers?: object[] }).containers ?? [{}];
      const manifest = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'strong' },
        spec: {
          ...spec,
          containers: containers.map((c) => ({ name: 'web', image: 'kindlab/web:1', ...c })),
        },
      };
      await expect(
        runOnNode(cluster.controlPlane, [
          'bash',
          '-c',
          'printf %s "$1" | kubectl --kubeconfig=/run/learner.conf apply -f -',
          'apply',
          JSON.stringify(manifest),
        ]),
      ).rejects.toThrow(/violates PodSecurity "baseline/);
    });

    it('cannot create a namespace in which such pods may run', async () => {
      const manifest =
        '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"open","labels":{"pod-security.kubernetes.io/enforce":"privileged"}}}';
      await expect(
        runOnNode(cluster.controlPlane, [
          'bash',
          '-c',
          'printf %s "$1" | kubectl --kubeconfig=/run/learner.conf apply -f -',
          'apply',
          manifest,
        ]),
      ).rejects.toThrow(/cannot choose its own level/);
    });
  });
});
