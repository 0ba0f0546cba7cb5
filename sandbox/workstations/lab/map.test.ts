import { describe, expect, it } from 'vitest';
import type { ClusterObject } from '../../../src/protocol/events.ts';
import type { KubeObject } from '../../kube/kube-object.ts';
import { pictureOf } from './read-cluster.ts';
import { drawMap } from './map.ts';
import { coloured, plain } from './paint.ts';
import { frame } from './watch.ts';

const object = (kind: 'Node' | 'Pod' | 'Service', name: string, more = {}): ClusterObject => ({
  kind,
  uid: name,
  name,
  status: kind === 'Node' ? 'Ready' : 'Running',
  ready: true,
  restarts: 0,
  ...more,
});

const cluster: ClusterObject[] = [
  object('Node', 'worker'),
  object('Node', 'worker2', { status: 'NotReady', ready: false }),
  object('Pod', 'web-1', { node: 'worker' }),
  object('Pod', 'web-2', { node: 'worker', status: 'CrashLoopBackOff', ready: false, restarts: 3 }),
  object('Pod', 'web-3', { node: 'worker2', status: 'Terminating', ready: false }),
  object('Pod', 'big', { status: 'Pending', ready: false, why: '0/3 nodes are available' }),
  object('Service', 'web', {
    status: 'ClusterIP',
    addresses: ['10.96.0.9'],
    ports: ['80'],
    endpoints: [
      { pod: 'web-1', address: '10.244.1.2', ready: true },
      { pod: 'web-2', address: '10.244.1.3', ready: false },
    ],
  }),
  object('Service', 'alone', { namespace: 'shop', status: 'headless', ready: false }),
];

describe('the map', () => {
  it('draws nodes with their pods, pods without a node, and Services', () => {
    expect(drawMap(cluster, 62, plain).join('\n')).toBe(`\
+- worker ---------------------------------------------------+
| +- web-1 -+  +- web-2 -----------------------+             |
| | Running |  | CrashLoopBackOff, restarts: 3 |             |
| +---------+  +-------------------------------+             |
+------------------------------------------------------------+
+- worker2: NotReady ----------------------------------------+
| +- web-3 -----+                                            |
| | Terminating |                                            |
| +-------------+                                            |
+------------------------------------------------------------+

on no node:
+- big ---+
| Pending |
+---------+
0/3 nodes are available

service web  ClusterIP  10.96.0.9  port 80
  +-> web-1  10.244.1.2
  +-> web-2  10.244.1.3  not ready

service shop/alone  headless
  +-> nobody`);
  });

  it('keeps to its width, and closes every box', () => {
    for (const width of [30, 47, 80, 200]) {
      const lines = drawMap(cluster, width, plain);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      const ofNodes = lines.slice(0, lines.indexOf('')).map((line) => [line.length, line.at(-1)]);
      for (const end of ofNodes)
        expect([
          [width, '|'],
          [width, '+'],
        ]).toContainEqual(end);
    }
  });

  it('has the same width in colours', () => {
    const strip = (line: string): string => line.replaceAll(/\x1b\[\d+m/g, '');
    const lines = drawMap(cluster, 60, coloured);
    expect(lines.map(strip)).toEqual(drawMap(cluster, 60, plain));
    expect(lines.join('')).toContain('\x1b[31m');
  });

  it('passes no control sequence to the terminal, and counts what it leaves out', () => {
    const bad = [object('Node', 'worker'), object('Pod', 'p', { status: 'a\x1b[2J世' })];
    expect(drawMap(bad, 60, plain).join('')).not.toMatch(/[^\x20-\x7e]/);
    const pods = Array.from({ length: 75 }, (_, i) => object('Pod', `p${i}`, { node: 'worker' }));
    expect(drawMap([object('Node', 'worker'), ...pods], 60, plain).join('\n')).toContain(
      'and 15 more',
    );
  });

  it('is drawn from what kubectl lists', () => {
    const item = (kind: string, name: string, namespace?: string): KubeObject =>
      ({ kind, metadata: { uid: name, name, namespace } }) as unknown as KubeObject;
    const items = [
      item('Pod', 'b', 'default'),
      item('Pod', 'a', 'default'),
      item('Pod', 'dns', 'kube-system'),
      item('Service', 'kubernetes', 'default'),
      item('Node', 'worker'),
    ];
    expect(pictureOf(items).map(({ name }) => name)).toEqual(['worker', 'a', 'b']);
  });

  it('is redrawn in place', () => {
    expect(frame(['a', 'b'], 5)).toBe('\x1b[Ha\x1b[K\r\nb\x1b[K\x1b[J');
    expect(frame(['a', 'b', 'c'], 2)).toContain('...');
  });
});
