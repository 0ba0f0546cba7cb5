import { Semaphore } from '../../src/async.ts';
import type { Sandbox, SandboxProvider } from '../provider.ts';

/**
 * After a break, a whole class wakes its sandboxes at once. In small groups each is awake sooner,
 * and none seems dead.
 */
const THAWS_AT_ONCE = 3;

/**
 * The same provider, but at most three of its sandboxes wake at the same time. Time-outs of a thaw
 * start when its turn comes.
 */
export function limitThaws(provider: SandboxProvider): SandboxProvider {
  const limit = new Semaphore(THAWS_AT_ONCE);
  const limited = (sandbox: Sandbox): Sandbox => ({
    sessionId: sandbox.sessionId,
    images: sandbox.images,
    cluster: sandbox.cluster,
    workstation: sandbox.workstation,
    power: sandbox.power,
    labCommands: sandbox.labCommands,
    validUntil: sandbox.validUntil,
    equip: async (addons, signal) => sandbox.equip(addons, signal),
    freeze: async (signal) => sandbox.freeze(signal),
    [Symbol.asyncDispose]: async () => sandbox[Symbol.asyncDispose](),
    thaw: async (signal) => limit.run(async () => sandbox.thaw(signal)),
  });
  return {
    canFreeze: provider.canFreeze,
    start: async (request) => limited(await provider.start(request)),
    images: () => provider.images(),
    list: async (signal) => provider.list(signal),
    sweep: async (isAlive, signal) => provider.sweep(isAlive, signal),
  };
}
