import type Dockerode from 'dockerode';
import { describe, expect, it } from 'vitest';
import { Engine } from './engine.ts';

interface Request {
  IPAM: { Config: { Subnet: string }[] };
}

const overlap = new Error(
  '(HTTP code 403) forbidden - Pool overlaps with other one on this address space ',
);
const options = {
  name: 'kindlab-x',
  bridge: 'klx',
  labels: { a: 'b' },
  signal: new AbortController().signal,
};

/** An engine that fails each request for a network with the error that `answer` returns, if any. */
function fakeEngine(answer: (attempt: number) => Error | undefined) {
  const subnets: string[] = [];
  const removed: string[] = [];
  const docker = {
    createNetwork: async ({ IPAM }: Request) => {
      subnets.push(IPAM.Config[0]?.Subnet ?? '');
      const error = answer(subnets.length);
      return error === undefined ? Promise.resolve({ id: 'made' }) : Promise.reject(error);
    },
    getNetwork: (id: string) => ({
      remove: async () => {
        removed.push(id);
        return Promise.resolve();
      },
    }),
  };
  return { engine: new Engine(docker as unknown as Dockerode), subnets, removed };
}

describe('a network', () => {
  it('takes a different /28 of 198.18.0.0/15 each time', async () => {
    const { engine, subnets } = fakeEngine(() => undefined);
    for (let i = 0; i < 200; i++) await engine.networks.create(options);
    for (const subnet of subnets) {
      const [, second, , fourth] = /^198\.(18|19)\.(\d+)\.(\d+)\/28$/.exec(subnet) ?? [];
      expect(['18', '19']).toContain(second);
      expect(Number(fourth) % 16).toBe(0);
    }
    expect(new Set(subnets).size).toBeGreaterThan(150);
  });

  it('tries other addresses while the chosen ones are taken', async () => {
    const { engine, subnets } = fakeEngine((attempt) => (attempt < 5 ? overlap : undefined));
    await expect(engine.networks.create(options)).resolves.toBe('made');
    expect(subnets).toHaveLength(5);
  });

  it('rejects with a code when all are taken', async () => {
    const { engine, subnets } = fakeEngine(() => overlap);
    await expect(engine.networks.create(options)).rejects.toMatchObject({
      code: 'LAB_CAPACITY_FULL',
    });
    expect(subnets).toHaveLength(20);
  });

  it('fails at once when its bridge or name exists', async () => {
    for (const words of ['networks have same bridge name', 'network with name kindlab-x exists']) {
      const { engine, subnets } = fakeEngine(
        () => new Error(`conflicts with network abc (klx): ${words}`),
      );
      await expect(engine.networks.create(options)).rejects.toThrow(words);
      expect(subnets).toHaveLength(1);
    }
  });

  it('is removed when the abort arrives while the engine creates it', async () => {
    const abort = new AbortController();
    const { engine, removed } = fakeEngine(() => {
      abort.abort(new Error('enough'));
      return undefined;
    });
    const network = engine.networks.create({ ...options, signal: abort.signal });
    await expect(network).rejects.toThrow('enough');
    expect(removed).toEqual(['made']);
  });
});

describe('the removal of a network', () => {
  const failed = (statusCode: number): Error => Object.assign(new Error('no'), { statusCode });

  it('continues until every container has released it', async () => {
    const disconnected: string[] = [];
    let holding = 3;
    const network = {
      remove: async () => (holding-- > 0 ? Promise.reject(failed(403)) : Promise.resolve()),
      inspect: async () => Promise.resolve({ Containers: { one: {} } }),
      disconnect: async ({ Container }: { Container: string }) => {
        disconnected.push(Container);
        return Promise.reject(failed(404));
      },
    };
    const docker = { getNetwork: () => network } as unknown as Dockerode;
    await new Engine(docker).networks.remove('id');
    expect(disconnected).toEqual(['one', 'one', 'one']);
  });

  it('succeeds when another removal was faster', async () => {
    const answers = [failed(403), failed(404)];
    const network = {
      remove: async () => Promise.reject(answers.shift() ?? new Error('asked again')),
      inspect: async () => Promise.reject(failed(404)),
    };
    const docker = { getNetwork: () => network } as unknown as Dockerode;
    await expect(new Engine(docker).networks.remove('id')).resolves.toBeUndefined();
  });
});
