import { expect, it } from 'vitest';
import { addressChanges, type BalancedService } from './load-balancers.ts';

function service(name: string, type: string, ip?: string): BalancedService {
  return {
    metadata: { name, namespace: 'default', uid: name },
    spec: { type },
    status: { loadBalancer: ip === undefined ? {} : { ingress: [{ ip }] } },
  };
}

const changes = (services: BalancedService[]) =>
  addressChanges(services).map(({ service: { metadata }, address }) => [metadata.name, address]);

it('gives each Service that asks for it a free address', () => {
  const services = [
    service('a', 'LoadBalancer', '10.89.1.1'),
    service('b', 'LoadBalancer'),
    service('c', 'ClusterIP'),
    service('d', 'LoadBalancer'),
  ];
  expect(changes(services)).toEqual([
    ['b', '10.89.1.2'],
    ['d', '10.89.1.3'],
  ]);
});

it('takes an address back from a Service that no longer asks for it', () => {
  const services = [service('a', 'ClusterIP', '10.89.1.1'), service('b', 'LoadBalancer')];
  expect(changes(services)).toEqual([
    ['a', undefined],
    ['b', '10.89.1.1'],
  ]);
});

it('leaves alone what another implementation balances, and what is being deleted', () => {
  const spec = { type: 'LoadBalancer', loadBalancerClass: 'example.org/other' };
  const other = { ...service('a', 'LoadBalancer'), spec };
  const metadata = { name: 'b', uid: 'b', deletionTimestamp: '2026-01-01T00:00:00Z' };
  const deleted = { ...service('b', 'LoadBalancer'), metadata };
  expect(changes([other, deleted])).toEqual([]);
});

it('gives no more addresses than there are', () => {
  const services = Array.from({ length: 251 }, (_, i) => service(`s${i}`, 'LoadBalancer'));
  expect(addressChanges(services)).toHaveLength(250);
});
