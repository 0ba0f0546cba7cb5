import { duration, fill, fillPlural } from '../i18n/fill.ts';
import type { Strings } from '../i18n/dictionary.ts';
import type { Growth, Status } from '../protocol/status.ts';

/**
 * What a page knows of the server. `unknown`: not asked yet. `reading`: a copy of the site without
 * a server. `lost`: the server answered before, but not now.
 */
export type Availability =
  { kind: 'unknown' } | { kind: 'reading' } | { kind: 'lost' } | { kind: 'up'; status: Status };

/**
 * Asks the server once. `before` distinguishes a server that went away from one that never existed.
 */
export async function fetchAvailability(
  before: Availability,
  signal: AbortSignal,
): Promise<Availability> {
  const known = before.kind === 'up' || before.kind === 'lost';
  try {
    const response = await fetch('/api/status', {
      signal,
      headers: { accept: 'application/json' },
    });
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    const body: unknown = isJson ? await response.json() : undefined;
    if (isStatus(body)) return { kind: 'up', status: body };
  } catch {
    return { kind: 'lost' };
  }
  return { kind: known ? 'lost' : 'reading' };
}

/** The whole schema would add more script to a page than all of its islands together. */
function isStatus(body: unknown): body is Status {
  const state = (body as Partial<Status> | null | undefined)?.sandbox?.state;
  return state === 'preparing' || state === 'ready' || state === 'unavailable';
}

/** Milliseconds until the next request is worthwhile; `undefined` for never. */
export function pollDelayMs(availability: Availability): number | undefined {
  if (availability.kind === 'reading') return undefined;
  if (availability.kind !== 'up') return 5_000;
  const { state, growth } = availability.status.sandbox;
  if (state === 'preparing') return 2_000;
  return state === 'ready' && growth?.state !== 'building' ? 30_000 : 10_000;
}

/** The status in words: short, and in full. */
export interface StatusText {
  tone: 'unknown' | 'good' | 'busy' | 'bad';
  label: string;
  title: string;
  lines: string[];
  /** In English, as the server wrote it. */
  message?: string;
  hint?: string | undefined;
  /** 0 to 1. */
  progress?: number;
  /** Work that continues in the background. */
  more?: { title: string; message: string; hint: string | undefined; progress?: number };
}

export function describeStatus(
  availability: Availability,
  texts: Strings['status'],
  locale: string,
): StatusText {
  if (availability.kind !== 'up') return describeWithoutServer(availability.kind, texts);
  const { sandbox, sessions } = availability.status;
  if (sandbox.state === 'preparing') {
    const percent = new Intl.NumberFormat(locale, { style: 'percent' }).format(sandbox.progress);
    const remaining = sandbox.remainingSeconds;
    const rest =
      remaining === undefined ? [] : [fill(texts.remaining, { time: duration(remaining, locale) })];
    return {
      tone: 'busy',
      label: fill(texts.preparing, { percent }),
      title: texts.preparingTitle,
      lines: rest,
      message: sandbox.message,
      progress: sandbox.progress,
    };
  }
  if (sandbox.state === 'unavailable') {
    return {
      tone: 'bad',
      label: texts.unavailable,
      title: texts.unavailableTitle,
      lines: [],
      message: sandbox.message,
      hint: sandbox.hint,
    };
  }
  const { active, limit } = sessions;
  const { growth } = sandbox;
  return {
    tone: 'good',
    label: texts.ready,
    title: texts.readyTitle,
    lines: [texts.readyLong, fillPlural(texts.sessions, limit, locale, { active })],
    ...(growth === undefined ? {} : describeGrowth(growth, texts)),
  };
}

function describeGrowth(growth: Growth, texts: Strings['status']): Partial<StatusText> {
  const { state, message, hint, progress } = growth;
  const title = state === 'failed' ? texts.growthFailed : texts.growing;
  return { more: { title, message, hint, ...(state === 'failed' ? {} : { progress }) } };
}

function describeWithoutServer(
  kind: 'unknown' | 'reading' | 'lost',
  texts: Strings['status'],
): StatusText {
  const { unknown, unknownLong, reading, readingTitle, readingLong, lost, lostTitle, lostLong } =
    texts;
  if (kind === 'reading') {
    return { tone: 'unknown', label: reading, title: readingTitle, lines: [readingLong] };
  }
  if (kind === 'lost') return { tone: 'bad', label: lost, title: lostTitle, lines: [lostLong] };
  return { tone: 'unknown', label: unknown, title: unknown, lines: [unknownLong] };
}
