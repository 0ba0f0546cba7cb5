import { describe, expect, it, test } from 'vitest';
import { createExpectation, type Verdict } from './expectation.ts';
import type { JsonObject } from '../kube/kube-object.ts';

const pod: JsonObject = {
  metadata: {
    name: 'hello',
    labels: { app: 'web' },
    creationTimestamp: '2026-01-02T03:04:05Z',
    nothing: null,
  },
  spec: {
    replicas: 5,
    ratio: 0.5,
    nodeName: 'worker',
    args: ['a', 'b'],
    containers: [{ name: 'web' }],
  },
  status: { phase: 'Running', ready: true },
};

function ask(expression: string, object: JsonObject = pod): Verdict {
  return createExpectation(expression).evaluate({ name: 'object', value: object });
}

function askAll(expression: string, objects: JsonObject[]): Verdict {
  return createExpectation(expression).evaluate({ name: 'objects', value: objects });
}

describe('passes', () => {
  test.each([
    'object.spec.replicas == 5',
    'object.spec.replicas > 4 && object.spec.replicas < 5.5',
    'object.spec.replicas % 2 == 1',
    'type(object.spec.replicas) == int && type(object.spec.ratio) == double',
    'object.spec.nodeName.startsWith("work") && object.spec.nodeName.matches("^w.*r$")',
    'size(object.spec.nodeName) == 6 && object.spec.nodeName.contains("ork")',
    '"app" in object.metadata.labels && !("tier" in object.metadata.labels)',
    'object.metadata.labels == {"app": "web"}',
    '"b" in object.spec.args && !("c" in object.spec.args)',
    'object.spec.args == ["a", "b"] && object.spec.args[1] == "b"',
    'object.spec.args.map(a, a + "!") == ["a!", "b!"]',
    'has(object.status.phase) && !has(object.status.reason)',
    '!has(object.metadata.nothing) && !("nothing" in object.metadata)',
    'object.status.ready ? object.spec.replicas == 5 : false',
    '(object.status.ready ? object.spec : object.status).replicas == 5',
    'object.metadata.labels.exists(key, key == "app" && object.metadata.labels[key] == "web")',
    'timestamp(object.metadata.creationTimestamp) < timestamp("2026-02-01T00:00:00Z")',
    'timestamp(object.metadata.creationTimestamp) + duration("1h") > timestamp("2026-01-02T04:00:00Z")',
    'object.spec.containers.exists_one(c, c.name == "web")',
    'object.metadata.size() == 3',
    // One true side decides "or", whatever the other side ran into.
    'object.status.absent == 1 || object.spec.replicas == 5',
    '[1, 2].exists(i, i == 2 || object.status.absent == i)',
  ])('%s', (expression) => {
    expect(ask(expression)).toEqual({ outcome: 'pass' });
  });
});

describe('fails, because something differs or is absent', () => {
  test.each([
    'object.spec.replicas == 6',
    'object.spec.replicas == "5"',
    'object.status.reason == "x"',
    'object.status.deeply.absent == "x"',
    'object.metadata.labels["tier"] == "x"',
    'object.metadata.nothing == "x"',
    'object.metadata.nothing.more == "x"',
    'object.spec.args[2] == "x"',
    'object.spec.args[-1] == "x"',
    'object.spec.containers[0].image.startsWith("x")',
    'object.spec.containers.all(c, c.ready)',
    'object.spec.containers.exists(c, c.ready)',
    'object.spec.containers.filter(c, c.ready).size() == 1',
    'object.spec.containers.map(c, c.ready) == [true]',
    '!has(object.status.absent.field)',
    '"x" in object.status.absent',
    'object.status.absent > 5',
    'object.status.absent',
    '!object.status.absent',
    'object.status.absent ? true : true',
    'object.status.absent == 1 && object.status.missing == 2',
    'object.status.absent == 1 || object.status.missing == 2',
    'object.metadata.labels[object.status.absent] == "x"',
    'timestamp(object.status.absent) < timestamp("2026-02-01T00:00:00Z")',
    'size(object.status.absent) == 0',
    // One false side decides "and".
    'object.spec.replicas == 6 && object.spec.nodeName > 5',
  ])('%s', (expression) => {
    expect(ask(expression)).toMatchObject({ outcome: 'fail' });
  });
});

describe('is an error, because the expression is wrong', () => {
  test.each([
    ['object.spec.replicas = 6', /not valid CEL.*1:22/],
    ['', /not valid CEL/],
    ['object.spec.nodeName > 5', /no matching overload/],
    ['object.spec.replicas.startsWith("5")', /no matching overload/],
    ['object.status.ready + 1 == 2', /no matching overload/],
    ['object.spec.replicas.size() == 1', /no matching overload/],
    ['object.spec.replicas / 0 == 1', /zero/],
    ['objekt.status.phase == "Running"', /unresolved/],
    ['objects.size() == 1', /unresolved/],
    ['now() > object.x', /unbound function: now/],
    ['object.spec.nodeName.lowerAscii() == "x"', /unbound function: lowerAscii/],
    ['object.spec.nodeName.length == 6', /field not found: length/],
    ['object.metadata.labels[1] == "x"', /index 1/],
    ['object.spec.replicas.all(x, x == 1)', /iterable/],
    ['object.spec.replicas ? true : false', /no matching overload/],
    ['object.spec.replicas && true', /expected bool/],
    ['object.spec.nodeName.matches("(")', /./],
    ['timestamp("yesterday") < timestamp("2026-02-01T00:00:00Z")', /./],
    ['int(object.spec.nodeName) == 1', /./],
    ['object.spec.replicas', /gives int, not true or false/],
    ['object.status', /gives map, not true or false/],
    // An absence does not hide a mistake next to it.
    ['object.status.absent == 1 && object.spec.nodeName > 5', /no matching overload/],
    ['object.spec.nodeName > 5 && object.status.absent == 1', /no matching overload/],
    ['object.spec.args.all(a, a > 5)', /no matching overload/],
  ])('%s', (expression, problem) => {
    const verdict = ask(expression);
    expect(verdict).toMatchObject({ outcome: 'error' });
    expect((verdict as { problem: string }).problem).toMatch(problem);
  });
});

it('sees only the members of an object, not those that JavaScript adds', () => {
  expect(ask('has(object.constructor) || "toString" in object')).toMatchObject({ outcome: 'fail' });
  expect(ask('toString == 1')).toMatchObject({ outcome: 'error' });
});

it('lets one false decide all() and one true decide exists(), whatever is absent elsewhere', () => {
  const pods = [{ metadata: {} }, { status: { ok: false } }, { status: { ok: true } }];
  expect(askAll('objects.exists(p, p.status.ok)', pods)).toEqual({ outcome: 'pass' });
  expect(askAll('objects.all(p, p.status.ok)', pods)).toMatchObject({ outcome: 'fail' });
  expect(askAll('objects.all(p, p.metadata.x || true)', pods)).toEqual({ outcome: 'pass' });
});

it('can be evaluated repeatedly', () => {
  const expectation = createExpectation('(object.a ? object.b : object.c).d == 1');
  const value = { a: true, b: { d: 1 }, c: { d: 2 } };
  for (const a of [true, false, true]) {
    const { outcome } = expectation.evaluate({ name: 'object', value: { ...value, a } });
    expect(outcome).toBe(a ? 'pass' : 'fail');
  }
});

it('gives its expression on one line', () => {
  expect(createExpectation('object.a  ==\n  "b c" &&\n  object.d').text).toBe(
    'object.a == "b c" && object.d',
  );
});

describe('the reads', () => {
  it('come from the parts that are not true', () => {
    const verdict = ask(
      'object.spec.nodeName == "worker" && object.spec.replicas == 6 && object.status.readyReplicas == 6',
    );
    expect(verdict).toEqual({
      outcome: 'fail',
      reads: [
        { path: ['spec'], what: 'value', value: pod.spec },
        { path: ['spec', 'replicas'], what: 'value', value: 5 },
        { path: ['status'], what: 'value', value: pod.status },
        { path: ['status', 'readyReplicas'], what: 'absent' },
      ],
    });
  });

  it.each([
    ['object.spec.args.size() == 3', { path: ['spec', 'args'], what: 'size', size: 2 }],
    ['object.spec.args.all(a, a == "a")', { path: ['spec', 'args', 1], what: 'value', value: 'b' }],
    ['object.spec.args[7] == "x"', { path: ['spec', 'args', 7], what: 'absent' }],
    ['"x" in object.metadata', { path: ['metadata', 'x'], what: 'absent' }],
    ['has(object.metadata.x)', { path: ['metadata', 'x'], what: 'absent' }],
  ])('%s', (expression, read) => {
    expect(ask(expression)).toMatchObject({ reads: expect.arrayContaining([read]) as unknown });
  });
});
