import { fill } from '../../i18n/fill.ts';
import type { Strings } from '../../i18n/en.ts';
import type { LogEntry } from './change-log.ts';

/** What happened, in the reader's language and in one line; the cluster's own reason is not in it. */
export function changeText(
  { kind, names, nodes, owner, name, status = '', service = '' }: LogEntry,
  texts: Strings['map'],
): string {
  const n = names.size;
  const who =
    n === 1
      ? name
      : fill(owner === undefined ? texts.pods : texts.podsOf, { n, owner: owner ?? '' });
  const node = [...nodes].join(', ');
  return fill(texts.changes[kind], { who, node, status, service });
}
