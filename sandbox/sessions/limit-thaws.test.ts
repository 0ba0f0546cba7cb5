import { expect, it } from 'vitest';
import { profileSchema } from '../../src/protocol/lab.ts';
import { FakeProvider, until } from '../../tools/support/fake-provider.ts';
import { limitThaws } from './limit-thaws.ts';

const { signal } = new AbortController();

it('wakes three at once and the others after them, even when one of them is dead', async () => {
  const provider = new FakeProvider();
  const thaw = Promise.withResolvers<undefined>();
  provider.beforeThaw = thaw.promise;
  const limited = limitThaws(provider);
  const sandboxes = await Promise.all(
    ['one', 'two', 'three', 'four', 'five'].map(async (sessionId) =>
      limited.start({
        sessionId,
        profile: profileSchema.parse({}),
        expiresAt: new Date(),
        onStage: () => undefined,
        signal,
      }),
    ),
  );
  provider.kill('one');
  const all = Promise.allSettled(sandboxes.map(async (sandbox) => sandbox.thaw(signal)));
  await until(() => provider.thaws === 4);
  await new Promise(setImmediate);
  expect(provider.thaws).toBe(4);
  thaw.resolve(undefined);
  expect((await all).map(({ status }) => status)).toEqual([
    'rejected',
    ...Array<string>(4).fill('fulfilled'),
  ]);
  expect(provider.thaws).toBe(5);
});
