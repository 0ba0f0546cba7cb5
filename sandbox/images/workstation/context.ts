/**
 * What the workstation's build needs beside its own folder: path in the context to path in the project. The supervisor keeps its place relative to
 * the protocol, so its imports hold inside as they do here.
 */
export const workstationContext: Readonly<Record<string, string>> = {
  node: 'node_modules/node/bin/node',
  'opt/package.json': 'sandbox/images/workstation/package.json',
  'opt/src/protocol/tty-frames.ts': 'src/protocol/tty-frames.ts',
  'opt/sandbox/workstations/framing.ts': 'sandbox/workstations/framing.ts',
  'opt/sandbox/kube/kube-object.ts': 'sandbox/kube/kube-object.ts',
  'opt/sandbox/picture/picture-node.ts': 'sandbox/picture/picture-node.ts',
  'opt/sandbox/picture/picture-pod.ts': 'sandbox/picture/picture-pod.ts',
  'opt/sandbox/picture/picture-service.ts': 'sandbox/picture/picture-service.ts',
  'opt/sandbox/picture/pod-status.ts': 'sandbox/picture/pod-status.ts',
  'opt/sandbox/picture/quantities.ts': 'sandbox/picture/quantities.ts',
  'opt/sandbox/workstations/lab-limits.ts': 'sandbox/workstations/lab-limits.ts',
  'opt/sandbox/workstations/lab': 'sandbox/workstations/lab',
  'opt/sandbox/workstations/supervisor': 'sandbox/workstations/supervisor',
  'opt/node_modules/@lydell/node-pty': 'node_modules/@lydell/node-pty',
  'opt/node_modules/@lydell/node-pty-linux-x64': 'node_modules/@lydell/node-pty-linux-x64',
};
