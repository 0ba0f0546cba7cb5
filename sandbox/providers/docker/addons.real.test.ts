import { afterAll, beforeAll, expect, it } from 'vitest';
import { profileSchema } from '../../../src/protocol/lab.ts';
import { RealProvider } from '../../../tools/support/real-provider.ts';
import type { Sandbox } from '../../provider.ts';

const provider = new RealProvider('addons');
let sandbox: Sandbox;

beforeAll(async () => {
  await provider.begin();
  const addons = ['metrics-server', 'load-balancer', 'gateway'];
  sandbox = await provider.start(profileSchema.parse({ addons }));
});

afterAll(async () => provider[Symbol.asyncDispose]());

async function shell(text: string): Promise<string> {
  const signal = AbortSignal.timeout(60_000);
  const { output } = await sandbox.workstation.exec(['bash', '-c', text], { signal });
  return output.trim();
}

/** Resolves with the first output that matches. */
async function until(text: string, pattern: RegExp, ms = 90_000): Promise<string> {
  const deadline = performance.now() + ms;
  for (;;) {
    const output = await shell(text);
    if (pattern.test(output)) return output;
    if (performance.now() > deadline) throw new Error(`no ${pattern} in: ${output}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

it('nodes have the same size for Kubernetes on every host', async () => {
  const columns = 'N:.metadata.name,CPU:.status.allocatable.cpu,MEM:.status.allocatable.memory';
  const output = await shell(`kubectl get nodes --no-headers -o custom-columns=${columns}`);
  const sizes = output.split('\n').map((line) => line.split(/ +/));
  for (const [name, cpu, memory] of sizes.filter(([node]) => node?.startsWith('worker'))) {
    expect([name, cpu, memory]).toEqual([name, '1', '2Gi']);
  }
  expect(sizes).toHaveLength(3);
});

it('metrics of CPU and memory are available, and scale a Deployment', async () => {
  await shell(`kubectl create deployment web --image=kindlab/web:1
    kubectl set resources deployment web --requests=cpu=50m
    kubectl autoscale deployment web --cpu=50% --min=1 --max=3
    kubectl expose deployment web --port=8080`);
  await until('kubectl top pods --no-headers', /^web-\S+ +\d+m/);
  await until('kubectl get hpa web', /cpu: \d+%\/50%/);
  await shell('curl -s "http://web:8080/cpu?seconds=40" > /dev/null &');
  await until('kubectl get deployment web', /3\/3/);
});

it('a load balancer gets an address that answers at the prompt, and gives it back', async () => {
  await shell(
    'kubectl expose deployment web --name=outside --type=LoadBalancer --port=80 --target-port=8080',
  );
  const address = "kubectl get service outside -o jsonpath='{.status.loadBalancer.ingress[0].ip}'";
  const ip = await until(address, /^10\.89\.1\.\d+$/);
  expect(await until(`curl -s -m 3 http://${ip}/`, /pod: web-/)).toContain('version: 1');
  await shell(`kubectl patch service outside -p '{"spec":{"type":"ClusterIP"}}'`);
  await until(`${address}; echo .`, /^\.$/);
});

it('a gateway gets its own address and follows the rules of a route', async () => {
  await shell(`cat << 'EOF' | kubectl apply -f -
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: door }
spec:
  gatewayClassName: contour
  listeners: [{ name: http, protocol: HTTP, port: 80 }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: door }
spec:
  parentRefs: [{ name: door }]
  rules:
    - matches: [{ headers: [{ name: x-test, value: 'yes' }] }]
      backendRefs: [{ name: web, port: 8080 }]
EOF`);
  const address = "kubectl get gateway door -o jsonpath='{.status.addresses[0].value}'";
  const ip = await until(address, /^10\.89\.1\.\d+$/, 120_000);
  expect(await until(`curl -s -m 3 -H 'x-test: yes' http://${ip}/`, /pod: web-/)).toMatch(/^/);
  const status = "curl -s -m 3 -o /dev/null -w '%{http_code}'";
  expect(await shell(`${status} http://${ip}/`)).toBe('404');
});

it('the learner may not use the rights of the gateway’s provisioner', async () => {
  const run = `kubectl -n kube-system run mine --image=kindlab/web:1 \
    --overrides='{"spec":{"serviceAccountName":"contour-provisioner"}}' 2>&1`;
  expect(await shell(`${run} || true`)).toContain('This namespace belongs to the cluster itself');
});

it('load balancers work after a failed freeze, and after a freeze', async () => {
  await expect(sandbox.freeze(AbortSignal.abort(new Error('in vain')))).rejects.toThrow('in vain');
  await becomesReachable('outside');
  await shell(`kubectl patch service outside -p '{"spec":{"type":"ClusterIP"}}'`);
  await sandbox.freeze(AbortSignal.timeout(30_000));
  await sandbox.thaw(AbortSignal.timeout(30_000));
  await becomesReachable('outside');
});

/** Makes a Service of type LoadBalancer and waits for its address. */
async function becomesReachable(service: string): Promise<void> {
  await shell(`kubectl patch service ${service} -p '{"spec":{"type":"LoadBalancer"}}'`);
  await until(
    `kubectl get service ${service} -o jsonpath='{.status.loadBalancer.ingress[0].ip}'`,
    /^10\.89\.1\./,
  );
}
