import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../providers/docker/engine/engine.ts';
import { Label } from '../providers/docker/engine/labels.ts';
import type { BuildContext, Recipe } from './build/recipe.ts';
import { ensureImages, type EnsureImagesOptions, planImages } from './ensure-images.ts';

/** An engine that remembers the images built or pulled, and has some containers. */
class FakeEngine {
  readonly present = new Set<string>();
  readonly removed: string[] = [];
  left: { id: string; labels: Record<string, string> }[] = [];
  pull: (tag: string) => Promise<void> = async (tag) => {
    this.present.add(tag);
    return Promise.resolve();
  };
  readonly images = {
    has: async (tag: string) => Promise.resolve(this.present.has(tag)),
    pull: async (tag: string, onLine: (line: string) => void) => {
      onLine(`Pulling ${tag}`);
      await this.pull(tag);
    },
  };
  readonly containers = {
    list: async () => Promise.resolve(this.left),
    remove: async (id: string) => {
      this.removed.push(id);
      return Promise.resolve();
    },
  };
}

let logs: string;
let engine: FakeEngine;
let events: string[];
let options: EnsureImagesOptions;
let builds: Record<string, (context: BuildContext) => Promise<void>>;

function recipe(name: string, ...parents: string[]): Recipe {
  return {
    name,
    title: `The ${name}`,
    seconds: 1,
    files: {},
    parents,
    parameters: parents,
    build: async (context) => {
      context.onLine(`building ${name}`);
      await builds[name]?.(context);
      engine.present.add(context.tag);
    },
  };
}

const recipes = [
  recipe('base'),
  recipe('kubernetes', 'base'),
  recipe('node', 'kubernetes'),
  recipe('workstation', 'kubernetes'),
  recipe('unused', 'base'),
];

beforeEach(() => {
  logs = mkdtempSync(join(tmpdir(), 'kindlab-logs-'));
  engine = new FakeEngine();
  events = [];
  builds = {};
  options = {
    engine: engine as unknown as Engine,
    recipes,
    readyImages: new Map(),
    logs,
    listener: {
      onRecipe: ({ name }, state) => events.push(`${name} ${state}`),
      onLine: ({ name }, line) => events.push(`${name}: ${line}`),
    },
    signal: new AbortController().signal,
  };
});
afterEach(() => {
  rmSync(logs, { recursive: true });
});

async function run(...wanted: string[]): Promise<ReadonlyMap<string, string>> {
  return ensureImages(options, await planImages(options, wanted));
}

it('builds a damaged image again', async () => {
  await run('node');
  const node = recipes[2]!;
  const damaged = { ...node, isWhole: async () => Promise.resolve(false) };
  options.recipes = recipes.map((recipe) => (recipe === node ? damaged : recipe));
  events = [];
  await run('node');
  expect(events).toEqual(['kubernetes found', 'node running', 'node: building node', 'node done']);
  options.recipes = recipes;
  events = [];
  await run('node');
  expect(events).toEqual(['node found']);
});

const planned = async (...wanted: string[]) =>
  (await planImages(options, wanted)).map(({ recipe: { name } }) => name);

describe('a plan', () => {
  it('lists the wanted image and its parents in build order', async () => {
    expect(await planned('node')).toEqual(['base', 'kubernetes', 'node']);
  });

  it('leaves out the parents of an existing image', async () => {
    await run('kubernetes');
    expect(await planned('node')).toEqual(['kubernetes', 'node']);
    await run('node');
    expect(await planned('node')).toEqual(['node']);
  });

  it('leaves out the parents of a pulled image', async () => {
    options.readyImages = new Map([['node', 'registry.example.org/node:1']]);
    const [node, ...others] = await planImages(options, ['node']);
    expect(node).toMatchObject({
      tag: 'registry.example.org/node:1',
      isPulled: true,
      isReady: false,
    });
    expect(others).toEqual([]);
    expect(await planned('node', 'workstation')).toEqual([
      'base',
      'kubernetes',
      'node',
      'workstation',
    ]);
  });

  it('rejects a ready image without a recipe', async () => {
    options.readyImages = new Map([['nodes', 'x']]);
    await expect(planned('node')).rejects.toMatchObject({
      code: 'LAB_INPUT_INVALID',
      message: expect.stringContaining('"nodes"') as string,
    });
  });
});

describe('images', () => {
  it('are built once each, parents first, with progress and logs', async () => {
    const tags = await run('node', 'workstation');
    expect(events).toEqual(
      ['base', 'kubernetes', 'node', 'workstation'].flatMap((name) => [
        `${name} running`,
        `${name}: building ${name}`,
        `${name} done`,
      ]),
    );
    expect(engine.present).toEqual(new Set(tags.values()));
    expect(readFileSync(join(logs, 'build-node.log'), 'utf8')).toBe('building node\n');
    events.length = 0;
    await run('node');
    expect(events).toEqual(['node found']);
  });

  it('continue where a failed run stopped, after an error with the line that matters', async () => {
    builds.kubernetes = async ({ onLine }) => {
      onLine('x.go:1:2: undefined: y');
      return Promise.reject(new Error('it ended with exit code 2'));
    };
    const path = join(logs, 'build-kubernetes.log');
    await expect(run('node')).rejects.toMatchObject({
      code: 'LAB_IMAGE_BUILD_FAILED',
      message: 'The kubernetes: x.go:1:2: undefined: y',
      hint: expect.stringContaining(path) as string,
    });
    expect(events.at(-1)).toBe('kubernetes failed');
    expect(readFileSync(path, 'utf8')).toContain('exit code 2\n');
    builds = {};
    events.length = 0;
    await run('node');
    expect(events[0]).toBe('base found');
    expect(events.at(-1)).toBe('node done');
  });

  it('report a full disk with its own code', async () => {
    builds.base = async () => Promise.reject(new Error('tar: write: No space left on device'));
    await expect(run('base')).rejects.toMatchObject({ code: 'LAB_DISK_FULL' });
  });

  it('are built from their parents, also from pulled ones', async () => {
    options.readyImages = new Map([['kubernetes', 'registry.example.org/k8s:1']]);
    let parent: string | undefined;
    builds.node = async (context) => {
      parent = context.parent('kubernetes');
      return Promise.resolve();
    };
    await run('node');
    expect(parent).toBe('registry.example.org/k8s:1');
    expect(events[0]).toBe('kubernetes running');
  });

  it('stop with the reason of an abort and start no further build', async () => {
    const abort = new AbortController();
    options.signal = abort.signal;
    builds.base = async () => {
      abort.abort(new Error('enough'));
      return Promise.reject(new Error('connection lost'));
    };
    await expect(run('node')).rejects.toThrow('enough');
    expect(events.filter((event) => event.endsWith('running'))).toEqual(['base running']);
  });

  it('are not built from files that changed after their tag was computed', async () => {
    const plan = await planImages(options, ['base']);
    const changed = plan.map((image) => ({ ...image, tag: 'kindlab/base:000000000000' }));
    await expect(ensureImages(options, changed)).rejects.toThrow(/changed/);
    expect(engine.present.size).toBe(0);
  });

  it('are built even if the log cannot be written', async () => {
    mkdirSync(join(logs, 'build-base.log'));
    await expect(run('base')).resolves.toBeDefined();
  });
});

describe('a left-over build container', () => {
  const past = new Date(Date.now() - 1000).toISOString();
  const future = new Date(Date.now() + 60_000).toISOString();

  it('is removed when it is this install’s own or has expired; another install may be building', async () => {
    const left = (id: string, builder: string, expires: string) => ({
      id,
      labels: { [Label.builder]: builder, [Label.expires]: expires },
    });
    engine.left = [
      left('own', logs, future),
      left('expired', '/elsewhere', past),
      left('building', '/elsewhere', future),
    ];
    await run('base');
    expect(engine.removed).toEqual(['own', 'expired']);
  });

  it('is recognized by the labels that builds receive', async () => {
    let labels: Record<string, string> = {};
    builds.base = async (context) => {
      labels = context.labels;
      return Promise.resolve();
    };
    await run('base');
    expect(labels[Label.builder]).toBe(logs);
    expect(Date.parse(labels[Label.expires] ?? '')).toBeGreaterThan(Date.now() + 3_600_000);
  });
});
