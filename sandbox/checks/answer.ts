import type { CheckResult } from '../../src/protocol/checks.ts';
import type { Check, ResourceQuery } from '../../src/protocol/lab.ts';
import { describeReads } from './evidence.ts';
import type { Expectation, Subject } from './expectation.ts';
import { eventsOf, troublesOf } from './explain.ts';
import { byName, type JsonObject, type KubeObject } from '../kube/kube-object.ts';
import type { Read } from './traced-value.ts';

/** What a check is answered from. */
export interface Sight {
  /** Whether the kind lives in namespaces; undefined if the cluster has no such kind. */
  namespaced: boolean | undefined;
  /** Objects of the check's kind, of its namespace and others. */
  objects: KubeObject[];
  pods: KubeObject[];
  events: KubeObject[];
}

export type Answer = Pick<CheckResult, 'outcome' | 'evidence' | 'problem'>;

/** Answers a check. Pure: what it says depends on its arguments alone. Never throws. */
export function answer(check: Check, expectation: Expectation, sight: Sight): Answer {
  const { resource } = check;
  const fail = (seen: string[], events: Events = []): Answer => ({
    outcome: 'fail',
    evidence: { expected: expectation.text, seen, events },
  });
  if (expectation.problem !== undefined) return { outcome: 'error', problem: expectation.problem };
  if (sight.namespaced === undefined) return fail([`the cluster has no kind ${resource.kind} yet`]);

  const matching = sight.objects.filter((object) => isMatch(object, resource)).sort(byName);
  const isNear = (object: KubeObject): boolean =>
    sight.namespaced === false || object.metadata.namespace === resource.namespace;
  const found = matching.filter(isNear);
  const nothing = nothingFound(
    resource,
    sight.namespaced,
    matching.filter((o) => !isNear(o)),
  );
  const subject = toSubject(resource, found);
  if (subject === undefined) return fail([nothing]);
  const verdict = expectation.evaluate(subject);
  switch (verdict.outcome) {
    case 'pass':
      return { outcome: 'pass' };
    case 'error':
      return { outcome: 'error', problem: withoutSecrets(verdict.problem, resource) };
    case 'fail': {
      const explained = check.explain === 'events' ? found : [];
      const seen = [
        ...(found.length === 0 ? [nothing] : []),
        ...describe(verdict.reads, resource, found),
        ...troublesOf(explained, resource.kind, sight.pods),
      ];
      return fail(seen, eventsOf(explained, resource.kind, sight));
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

function nothingFound(resource: ResourceQuery, namespaced: boolean, far: KubeObject[]): string {
  const { kind, name, selector = {}, namespace } = resource;
  const labels = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  const which =
    name === undefined ? labels.join(',') && `with ${labels.join(',')}` : `named ${name}`;
  const text = ['no', kind, which].filter((each) => each !== '').join(' ');
  if (!namespaced) return text;
  const elsewhere = [...new Set(far.map(({ metadata }) => metadata.namespace ?? ''))].slice(0, 3);
  const some = name === undefined ? 'are some' : 'is one';
  const note = elsewhere.length === 0 ? '' : `; there ${some} in namespace ${elsewhere.join(', ')}`;
  return `${text} in namespace ${namespace}${note}`;
}

/** The evaluator's words may quote a value. */
function withoutSecrets(problem: string, resource: ResourceQuery): string {
  return isSecret(resource) ? "The check's expression cannot be evaluated." : problem;
}

function isSecret({ apiVersion, kind }: ResourceQuery): boolean {
  return apiVersion === 'v1' && kind === 'Secret';
}
