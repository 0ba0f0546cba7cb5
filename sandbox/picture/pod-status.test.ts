import { expect, it, test } from 'vitest';
import type { KubeObject } from '../kube/kube-object.ts';
import { podStatus } from './pod-status.ts';
import { drawNode } from './picture-node.ts';

const ready = [{ type: 'Ready', status: 'True' }];
const initialized = [{ type: 'Initialized', status: 'True' }];
const running = { name: 'a', ready: true, state: { running: {} }, restartCount: 1 };
const completed = {
  name: 'b',
  ready: false,
  state: { terminated: { exitCode: 0, reason: 'Completed' } },
};

function pod(status: object, spec: object = {}, metadata: object = {}): KubeObject {
  return { metadata: { name: 'p', uid: 'u', ...metadata }, spec, status };
}

function waiting(reason: string, message?: string): object {
  return { name: 'a', ready: false, state: { waiting: { reason, message } } };
}

const init = { initContainers: [{ name: 'i' }, { name: 'j' }] };
const sidecar = { initContainers: [{ name: 'i', restartPolicy: 'Always' }] };
const deleted = { deletionTimestamp: '2026-01-01T00:00:00Z' };

test.each([
  ['Pending', pod({ phase: 'Pending' })],
  [
    'ContainerCreating',
    pod({ phase: 'Pending', containerStatuses: [waiting('ContainerCreating')] }),
  ],
  ['Running', pod({ phase: 'Running', conditions: ready, containerStatuses: [running] })],
  ['ImagePullBackOff', pod({ phase: 'Pending', containerStatuses: [waiting('ImagePullBackOff')] })],
  [
    'CrashLoopBackOff',
    pod({ phase: 'Running', containerStatuses: [waiting('CrashLoopBackOff'), running] }),
  ],
  ['Completed', pod({ phase: 'Succeeded', containerStatuses: [completed] })],
  [
    'Running',
    pod({ phase: 'Running', conditions: ready, containerStatuses: [completed, running] }),
  ],
  ['NotReady', pod({ phase: 'Running', containerStatuses: [completed, running] })],
  [
    'Error',
    pod({
      phase: 'Failed',
      containerStatuses: [{ name: 'a', state: { terminated: { exitCode: 1, reason: 'Error' } } }],
    }),
  ],
  [
    'ExitCode:3',
    pod({
      phase: 'Failed',
      containerStatuses: [{ name: 'a', state: { terminated: { exitCode: 3 } } }],
    }),
  ],
  [
    'Signal:9',
    pod({
      phase: 'Failed',
      containerStatuses: [{ name: 'a', state: { terminated: { exitCode: 137, signal: 9 } } }],
    }),
  ],
  ['Evicted', pod({ phase: 'Failed', reason: 'Evicted' })],
  [
    'SchedulingGated',
    pod({
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
    }),
  ],
  ['Terminating', pod({ phase: 'Running', containerStatuses: [running] }, {}, deleted)],
  ['Unknown', pod({ phase: 'Running', reason: 'NodeLost' }, {}, deleted)],
  ['Completed', pod({ phase: 'Succeeded', containerStatuses: [completed] }, {}, deleted)],
  [
    'Init:0/2',
    pod({ phase: 'Pending', initContainerStatuses: [{ name: 'i', state: { running: {} } }] }, init),
  ],
  [
    'Init:1/2',
    pod(
      {
        phase: 'Pending',
        initContainerStatuses: [
          { ...completed, name: 'i' },
          { name: 'j', state: { waiting: { reason: 'PodInitializing' } } },
        ],
      },
      init,
    ),
  ],
  [
    'Init:CrashLoopBackOff',
    pod({ phase: 'Pending', initContainerStatuses: [waiting('CrashLoopBackOff')] }, init),
  ],
  [
    'Init:Error',
    pod(
      {
        phase: 'Pending',
        initContainerStatuses: [
          { name: 'i', state: { terminated: { exitCode: 1, reason: 'Error' } } },
        ],
      },
      init,
    ),
  ],
  [
    'PodInitializing',
    pod(
      {
        phase: 'Pending',
        initContainerStatuses: [completed],
        containerStatuses: [waiting('PodInitializing')],
      },
      init,
    ),
  ],
  [
    'Running',
    pod(
      {
        phase: 'Running',
        conditions: [...ready, ...initialized],
        initContainerStatuses: [{ name: 'i', started: true, state: { running: {} } }],
        containerStatuses: [running],
      },
      sidecar,
    ),
  ],
])('a pod is %s', (status, object) => {
  expect(podStatus(object).status).toBe(status);
});

it('counts restarts, and takes readiness from the cluster', () => {
  const containerStatuses = [running, { ...running, restartCount: 3 }];
  const object = pod({ phase: 'Running', conditions: ready, containerStatuses });
  expect(podStatus(object)).toEqual({ status: 'Running', ready: true, restarts: 4 });
});

it('says why the pod does not run', () => {
  const pulling = waiting('ErrImagePull', 'no such image');
  expect(podStatus(pod({ phase: 'Pending', containerStatuses: [pulling] })).message).toBe(
    'no such image',
  );
  const conditions = [
    { type: 'PodScheduled', status: 'False', message: '0/3 nodes are available' },
  ];
  expect(podStatus(pod({ phase: 'Pending', conditions })).message).toBe('0/3 nodes are available');
});

test.each([
  ['Ready', 'True', {}],
  ['NotReady', 'Unknown', {}],
  ['Ready,SchedulingDisabled', 'True', { unschedulable: true }],
])('a node is %s', (text, status, spec) => {
  const node = pod({ conditions: [{ type: 'Ready', status }] }, spec);
  expect(drawNode(node)).toMatchObject({ status: text, ready: status === 'True' });
});
