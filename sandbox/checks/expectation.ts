import { celEnv, celType, isCelError, parse, plan, unparse } from '@bufbuild/cel';
import type { CelError, CelValue } from '@bufbuild/cel';
import type { JsonObject } from '../kube/kube-object.ts';
import { isAbsence, mistakeIn, traced, type Read } from './traced-value.ts';

/** What an expression is evaluated on, under the name that it uses. */
export type Subject =
  { name: 'object'; value: JsonObject } | { name: 'objects'; value: JsonObject[] };

/** The result of an expression. `reads` come from the parts that are not true, in order. */
export type Verdict =
  { outcome: 'pass' } | { outcome: 'fail'; reads: Read[] } | { outcome: 'error'; problem: string };

/** A CEL expression, parsed once. */
export interface Expectation {
  /** The expression on one line. */
  text: string;
  /** Why it cannot be parsed; then every verdict is `error`. */
  problem?: string;
  /** Never throws. */
  evaluate(subject: Subject): Verdict;
}

type ParsedExpr = ReturnType<typeof parse>;
type Expr = ParsedExpr['expr'];
type Program = ReturnType<typeof plan>;

const env = celEnv();

/** Parses `source`. Never throws: an expression that does not parse gives the verdict `error`. */
export function createExpectation(source: string): Expectation {
  try {
    const parsed = parse(source);
    const whole = plan(env, parsed);
    const parts = conjuncts(parsed.expr).map((part) => plan(env, part));
    return {
      text: unparse(parsed),
      evaluate: (subject) => evaluate(whole, parts, subject),
    };
  } catch (error) {
    const problem = `The check's expression is not valid CEL: ${messageOf(error)}`;
    return { text: source.trim(), problem, evaluate: () => ({ outcome: 'error', problem }) };
  }
}

function evaluate(whole: Program, parts: Program[], subject: Subject): Verdict {
  const result = run(whole, subject, () => undefined);
  if (result === true) return { outcome: 'pass' };
  if (isCelError(result) && !isAbsence(result)) {
    return {
      outcome: 'error',
      problem: `The check's expression cannot be evaluated: ${mistakeIn(result)}`,
    };
  }
  if (result !== false && !isCelError(result)) {
    const type = celType(result).name;
    return {
      outcome: 'error',
      problem: `The check's expression gives ${type}, not true or false.`,
    };
  }
  return { outcome: 'fail', reads: parts.flatMap((part) => readsUnlessTrue(part, subject)) };
}

/**
 * Evaluates each part of `a && b && c` on its own, so that the learner sees everything that is
 * missing, and nothing else.
 */
function readsUnlessTrue(part: Program, subject: Subject): Read[] {
  const reads: Read[] = [];
  const result = run(part, subject, (read) => reads.push(read));
  return result === true ? [] : reads;
}

function run(
  program: Program,
  subject: Subject,
  onRead: (read: Read) => void,
): CelValue | CelError {
  const variables: Record<string, CelValue> = Object.create(null) as Record<string, CelValue>;
  variables[subject.name] = traced(subject.value, [], onRead);
  return program(variables);
}

function conjuncts(expr: Expr): Expr[] {
  const { exprKind } = expr;
  if (exprKind.case !== 'callExpr' || exprKind.value.function !== '_&&_') return [expr];
  return exprKind.value.args.flatMap(conjuncts);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
