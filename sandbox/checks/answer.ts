import type { CheckResult } from '../../src/protocol/checks.ts';
import type { Check, ResourceQuery } from '../../src/protocol/lab.ts';
import { describeReads } from './evidence.ts';
import type { Expectation, Subject } from './expectation.ts';
import { eventsOf, podProblemsOf } from './explain.ts';
import { byName, type JsonObject, type KubeObject } from '../kube/kube-object.ts';
import type { Read } from './traced-value.ts';

/** The part of a cluster's state from which a check is answered. */
export interface ClusterState {
  /** Whether the kind is namespaced; undefined if the cluster has no such kind. */
  namespaced: boolean | undefined;
  /** Objects of the check's kind, in its namespace and in others. */
  objects: KubeObject[];
  pods: KubeObject[];
  events: KubeObject[];
}

export type Answer = Pick<CheckResult, 'outcome' | 'evidence' | 'problem'>;

/** Answers a check. Pure, and never throws. */
export function answer(check: Check, expectation: Expectation, state: ClusterState): Answer {
  const { resource } = check;
  const fail = (seen: string[], events: Events = []): Answer => ({
    outcome: 'fail',
    evidence: { expected: expectation.text, seen, events },
  });
  if (expectation.problem !== undefined) return { outcome: 'error', problem: expectation.problem };
  if (state.namespaced === undefined) return fail([`the cluster has no kind ${resource.kind} yet`]);

  const matching = state.objects.filter((object) => isMatch(object, resource)).sort(byName);
  const isInNamespace = (object: KubeObject): boolean =>
    state.namespaced === false || object.metadata.namespace === resource.namespace;
  const found = matching.filter(isInNamespace);
  const notFound = describeMissing(
    resource,
    state.namespaced,
    matching.filter((o) => !isInNamespace(o)),
  );
  const subject = toSubject(resource, found);
  if (subject === undefined) return fail([notFound]);
  const verdict = expectation.evaluate(subject);
  switch (verdict.outcome) {
    case 'pass':
      return { outcome: 'pass' };
    case 'error':
      return { outcome: 'error', problem: withoutSecrets(verdict.problem, resource) };
    case 'fail': {
      const explained = check.explain === 'events' ? found : [];
      const seen = [
        ...(found.length === 0 ? [notFound] : []),
        ...describe(verdict.reads, resource, found),
        ...podProblemsOf(explained, resource.kind, state.pods),
      ];
      return fail(seen, eventsOf(explained, resource.kind, state));
    }
  }
}

type Events = NonNullable<Answer['evidence']>['events'];

function isMatch({ metadata }: KubeObject, { name, selector = {} }: ResourceQuery): boolean {
  if (name !== undefined) return metadata.name === name;
  return Object.entries(selector).every(([key, value]) => metadata.labels?.[key] === value);
}

function toSubject(resource: ResourceQuery, found: KubeObject[]): Subject | undefined {
  const values = found as unknown as JsonObject[];
  if (resource.name === undefined) return { name: 'objects', value: values };
  return values[0] && { name: 'object', value: values[0] };
}

function describe(reads: Read[], resource: ResourceQuery, found: KubeObject[]): string[] {
  const names = found.map(({ metadata }) => metadata.name);
  return describeReads(reads, {
    names: resource.name === undefined ? names : undefined,
    secret: isSecret(resource),
  });
}

/** Says that an object is missing, and in which other namespaces such objects are. */
function describeMissing(
  resource: ResourceQuery,
  namespaced: boolean,
  elsewhere: KubeObject[],
): string {
  const { kind, name, selector = {}, namespace } = resource;
  const labels = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  const which =
    name === undefined ? labels.join(',') && `with ${labels.join(',')}` : `named ${name}`;
  const text = ['no', kind, which].filter((each) => each !== '').join(' ');
  if (!namespaced) return text;
  const namespaces = [...new Set(elsewhere.map(({ metadata }) => metadata.namespace ?? ''))];
  const some = name === undefined ? 'are some' : 'is one';
  const others = namespaces.slice(0, 3).join(', ');
  const note = others === '' ? '' : `; there ${some} in namespace ${others}`;
  return `${text} in namespace ${namespace}${note}`;
}

/** The evaluator's error may quote a value. */
function withoutSecrets(problem: string, resource: ResourceQuery): string {
  return isSecret(resource) ? "The check's expression cannot be evaluated." : problem;
}

function isSecret({ apiVersion, kind }: ResourceQuery): boolean {
  return apiVersion === 'v1' && kind === 'Secret';
}
