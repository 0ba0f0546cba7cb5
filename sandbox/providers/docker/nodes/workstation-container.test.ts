import { describe, expect, it } from 'vitest';
import { MAX_WORKERS } from '../../../clusters/addresses.ts';
import { containerOptions } from './workstation-container.ts';

const optionsFor = (workers: number) =>
  containerOptions({
    image: 'kindlab/workstation:1',
    name: 'kindlab-test-workstation',
    network: 'kindlab-test',
    labels: {},
    workers,
  });

describe('the container of a workstation', () => {
  it('knows the name and address of each node', () => {
    expect(optionsFor(0).HostConfig.ExtraHosts).toEqual(['control-plane:10.89.0.2']);
    expect(optionsFor(MAX_WORKERS).HostConfig.ExtraHosts).toEqual([
      'control-plane:10.89.0.2',
      'worker:10.89.0.3',
      'worker2:10.89.0.4',
      'worker3:10.89.0.5',
      'worker4:10.89.0.6',
      'worker5:10.89.0.7',
    ]);
  });

  it('has no rights but those that set up its network and its shells', () => {
    const { CapDrop, CapAdd, SecurityOpt } = optionsFor(2).HostConfig;
    expect(CapDrop).toEqual(['ALL']);
    expect(CapAdd).toEqual(['SETUID', 'SETGID', 'SETPCAP', 'KILL', 'NET_ADMIN']);
    expect(SecurityOpt).toEqual(['no-new-privileges']);
  });
});
