import type { Sandbox, SandboxProvider } from '../provider.ts';

/** A class that comes back from a break wakes all at once. One after the other, each is awake sooner, and none of them seems dead. */
const THAWS_AT_ONCE = 3;

/** The same provider, of whose sandboxes no more than three wake at the same time. Those that wait have no time-out running. */
export function limitThaws(provider: SandboxProvider): SandboxProvider {
  const turns = new Turns(THAWS_AT_ONCE);
  const inTurn = (sandbox: Sandbox): Sandbox => ({
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
    thaw: async (signal) => turns.take(async () => sandbox.thaw(signal)),
  });
  return {
    start: async (request) => inTurn(await provider.start(request)),
    images: () => provider.images(),
    list: async (signal) => provider.list(signal),
    sweep: async (isAlive, signal) => provider.sweep(isAlive, signal),
  };
}

class Turns {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(free: number) {
    this.#free = free;
  }

  async take(work: () => Promise<void>): Promise<void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
