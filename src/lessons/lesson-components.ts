import { LessonError, type LessonErrorPlace } from './lesson-error.ts';

/** A JSX element in the syntax tree of a lesson. */
export interface JsxElement {
  name?: string | null;
  attributes?: readonly { type: string; name?: string; value?: unknown }[];
}

/** The components that a lesson may use, with their attributes; a flag has no value. */
const components: Record<string, { required: string[]; flags?: string[] }> = {
  Step: { required: ['id', 'title'] },
  Check: { required: ['id'] },
  Hint: { required: [] },
  Preview: { required: ['id', 'title'] },
  Predict: { required: ['id'] },
  Guess: { required: [], flags: ['right'] },
  Term: { required: ['id'] },
};

/**
 * The attributes of a component by name; a flag that is set has the value ''.
 *
 * @throws LessonError when the component or an attribute is unknown, or an attribute is missing or
 *   not plain text
 */
export function readAttributes(
  element: JsxElement,
  place: LessonErrorPlace,
): Record<string, string> {
  const name = String(element.name);
  const known = components[name];
  if (known === undefined) {
    const allowed = Object.keys(components).map((other) => `<${other}>`);
    throw new LessonError(place, `unknown component <${name}>`, allowed.join(', '));
  }
  const { required, flags = [] } = known;
  const allowed = [...required, ...flags].join(', ') || 'no attribute';
  const attributes: Record<string, string> = {};
  for (const { name: key = '{…}', value } of element.attributes ?? []) {
    if (flags.includes(key)) {
      attributes[key] = '';
    } else if (!required.includes(key)) {
      throw new LessonError(place, `<${name}> has an attribute ${key}`, allowed);
    } else if (typeof value !== 'string') {
      throw new LessonError(place, `${key} of <${name}> is not plain text`, `${key}="…"`);
    } else {
      attributes[key] = value;
    }
  }
  const missing = required.find((key) => attributes[key] === undefined);
  if (missing !== undefined) {
    throw new LessonError(place, `<${name}> has no ${missing}`, allowed);
  }
  return attributes;
}
