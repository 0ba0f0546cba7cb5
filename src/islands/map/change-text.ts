import type { Strings } from '../../i18n/dictionary.ts';
import { fill, fillPlural } from '../../i18n/fill.ts';
import type { LogEntry } from './change-log.ts';

/** An entry in one line, in the reader's language, without the reason that the cluster gives. */
export function changeText(entry: LogEntry, texts: Strings['map'], locale: string): string {
  const { kind, nodes, status = '', service = '' } = entry;
  const node = [...nodes].join(', ');
  return fill(texts.changes[kind], { who: whoOf(entry, texts, locale), node, status, service });
}

function whoOf({ names, owner, name }: LogEntry, texts: Strings['map'], locale: string): string {
  if (names.size === 1) return name;
  if (owner === undefined) return fillPlural(texts.pods, names.size, locale);
  return fillPlural(texts.podsOf, names.size, locale, { owner });
}
