/**
 * A parser that parses each version of a file once, for everything in the process that asks for
 * it: a build asks for every lesson and lab dozens of times. Callers share the result, so they must
 * not change it. A text that does not parse throws each time.
 */
export function parseOnce<T>(parse: (file: string, text: string) => T): typeof parse {
  const latest = new Map<string, { text: string; value: T }>();
  return (file, text) => {
    const known = latest.get(file);
    if (known?.text === text) return known.value;
    const value = parse(file, text);
    latest.set(file, { text, value });
    return value;
  };
}
