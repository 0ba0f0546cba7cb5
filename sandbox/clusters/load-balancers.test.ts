import { expect, it } from 'vitest';
import { changesOf, type ServiceSight } from './load-balancers.ts';

function service(name: string, type: string, ip?: string): ServiceSight {
  return {
    metadata: { name, namespace: 'default' },
    spec: { type },
    status: { loadBalancer: ip === undefined ? {} : { ingress: [{ ip }] } },
  };
}

const told = (services: ServiceSight[]) =>
  changesOf(services).map(({ service: { metadata }, address }) => [metadata?.name, address]);

it('gives each one that asks an address that nobody has', () => {
  const services = [
    service('a', 'LoadBalancer', '10.89.1.1'),
    service('b', 'LoadBalancer'),
    service('c', 'ClusterIP'),
    service('d', 'LoadBalancer'),
  ];
  expect(told(services)).toEqual([
    ['b', '10.89.1.2'],
    ['d', '10.89.1.3'],
  ]);
});

it('takes an address back from one that asks no longer', () => {
  const services = [service('a', 'ClusterIP', '10.89.1.1'), service('b', 'LoadBalancer')];
  expect(told(services)).toEqual([
    ['a', undefined],
    ['b', '10.89.1.1'],
  ]);
});

it('leaves alone what somebody else balances, and what is going away', () => {
  const spec = { type: 'LoadBalancer', loadBalancerClass: 'example.org/other' };
  const other = { ...service('a', 'LoadBalancer'), spec };
  const metadata = { name: 'b', deletionTimestamp: new Date() };
  const going = { ...service('b', 'LoadBalancer'), metadata };
  expect(told([other, going])).toEqual([]);
});

it('has no address for more than it has', () => {
  const services = Array.from({ length: 251 }, (_, i) => service(`s${i}`, 'LoadBalancer'));
  expect(changesOf(services)).toHaveLength(250);
});
