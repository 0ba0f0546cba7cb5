import type { Json, JsonObject, KubeObject } from '../../sandbox/kube/kube-object.ts';

export interface FakeKind {
  /** `/api/v1` or `/apis/group/version`. */
  base: string;
  plural: string;
  kind: string;
  namespaced: boolean;
}

/** What a test puts in; the store adds uid and version. */
export interface FakeObject {
  metadata: Partial<KubeObject['metadata']> & { name: string };
  [field: string]: unknown;
}

export interface FakeChange {
  version: number;
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  kind: FakeKind;
  object: KubeObject;
}

const core = { base: '/api/v1', namespaced: true };

/** The objects of a fake API server, and the history of their changes. */
export class FakeObjectStore {
  readonly kinds: FakeKind[] = [
    { ...core, plural: 'pods', kind: 'Pod' },
    { ...core, plural: 'nodes', kind: 'Node', namespaced: false },
    { ...core, plural: 'namespaces', kind: 'Namespace', namespaced: false },
    { ...core, plural: 'events', kind: 'Event' },
    { ...core, plural: 'secrets', kind: 'Secret' },
    { ...core, plural: 'services', kind: 'Service' },
    {
      base: '/apis/discovery.k8s.io/v1',
      plural: 'endpointslices',
      kind: 'EndpointSlice',
      namespaced: true,
    },
    { base: '/apis/apps/v1', plural: 'deployments', kind: 'Deployment', namespaced: true },
    { base: '/apis/coordination.k8s.io/v1', plural: 'leases', kind: 'Lease', namespaced: true },
  ];
  onChange: (change: FakeChange) => void = () => undefined;
  readonly #objects = new Map<string, { kind: FakeKind; object: KubeObject }>();
  #history: FakeChange[] = [];
  #version = 100;

  get version(): number {
    return this.#version;
  }

  kindAt(base: string, plural: string): FakeKind | undefined {
    return this.kinds.find((each) => each.base === base && each.plural === plural);
  }

  get({ kind }: FakeKind, name: string, namespace = 'default'): KubeObject | undefined {
    return this.#objects.get(keyOf(kind, namespace, name))?.object;
  }

  list(kind: FakeKind): KubeObject[] {
    return [...this.#objects.values()]
      .filter((each) => each.kind === kind)
      .map(({ object }) => object);
  }

  /** Creates an object, or replaces the one of the same namespace and name. */
  put(kindName: string, object: FakeObject): void {
    const kind = this.kinds.find((each) => each.kind === kindName);
    if (kind === undefined) throw new Error(`there is no kind ${kindName}`);
    const { metadata } = object;
    const namespace = kind.namespaced ? { namespace: metadata.namespace ?? 'default' } : {};
    const key = keyOf(kindName, metadata.namespace ?? 'default', metadata.name);
    const known = this.#objects.get(key);
    const version = ++this.#version;
    const stored: KubeObject = {
      ...object,
      metadata: {
        uid: known?.object.metadata.uid ?? `uid-${version}`,
        ...namespace,
        ...metadata,
        resourceVersion: String(version),
      },
    };
    this.#objects.set(key, { kind, object: stored });
    this.#record({ version, type: known ? 'MODIFIED' : 'ADDED', kind, object: stored });
  }

  /** Applies a merge patch to an object that exists. */
  patch(kind: FakeKind, object: KubeObject, patch: JsonObject): void {
    this.put(kind.kind, merge(object as unknown as Json, patch) as unknown as FakeObject);
  }

  delete(kindName: string, name: string, namespace = 'default'): void {
    const key = keyOf(kindName, namespace, name);
    const known = this.#objects.get(key);
    if (known === undefined) throw new Error(`there is no ${key}`);
    const { kind, object } = known;
    this.#objects.delete(key);
    const version = ++this.#version;
    const metadata = { ...object.metadata, resourceVersion: String(version) };
    this.#record({ version, type: 'DELETED', kind, object: { ...object, metadata } });
  }

  /** Forgets the history, so that no watch can start from there. */
  compact(): void {
    this.#history = [];
    this.#version += 1;
  }

  /** The changes after a version; undefined when the store has forgotten them. */
  since(version: number): FakeChange[] | undefined {
    if (this.#history.length === 0 && version < this.#version) return undefined;
    return this.#history.filter((change) => change.version > version);
  }

  #record(change: FakeChange): void {
    this.#history.push(change);
    this.onChange(change);
  }
}

function keyOf(kind: string, namespace: string, name: string): string {
  return [kind, namespace, name].join('/');
}

/** A JSON merge patch: members that are null are removed. */
function merge(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const merged: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(merged, key);
    else merged[key] = merge(merged[key] ?? null, value);
  }
  return merged;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
