import type { z } from 'zod';
import { sessionEventSchema, type SessionEvent } from '../protocol/events.ts';
import { openedPreviewSchema } from '../protocol/preview.ts';
import { sessionSchema, type Session } from '../protocol/session.ts';
import { ApiError } from './problem.ts';

const TIMEOUT_MS = 20_000;
/** The server answers when everything has been removed, which takes time on a busy machine. */
const END_TIMEOUT_MS = 90_000;

/**
 * Requests a session of a lab; with `step`, one whose cluster is ready for that step. Throws {@link
 * ApiError}, like every function here.
 */
export async function createSession(
  options: { lab: string; step?: string },
  signal: AbortSignal,
): Promise<Session> {
  return request(sessionSchema, '/api/sessions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(options),
    signal,
  });
}

export async function getSession(id: string, signal: AbortSignal): Promise<Session> {
  return request(sessionSchema, `/api/sessions/${id}`, { signal });
}

/** Ends a session. Succeeds if it has ended already. */
export async function endSession(id: string, signal: AbortSignal): Promise<void> {
  const response = await send(`/api/sessions/${id}`, { method: 'DELETE', signal }, END_TIMEOUT_MS);
  if (response.ok || response.status === 404 || response.status === 410) return;
  throw new ApiError(response.status, await bodyOf(response));
}

/** An address that opens a preview of a session. It works once and expires soon. */
export async function openPreview(
  session: string,
  { id, language }: { id: string; language: string },
  signal: AbortSignal,
): Promise<string> {
  const { url } = await request(openedPreviewSchema, `/api/sessions/${session}/previews/${id}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ language }),
    signal,
  });
  return url;
}

/**
 * Listens to the events of a session until `signal` aborts. The browser reconnects by itself;
 * `onRefused` is called when it gives up, because the server answered with an error. Events that
 * match no schema are ignored: a newer server sends them.
 */
export function listen(
  id: string,
  onEvent: (event: SessionEvent) => void,
  onRefused: () => void,
  signal: AbortSignal,
): void {
  const source = new EventSource(`/api/sessions/${id}/events`);
  signal.addEventListener('abort', () => source.close(), { once: true });
  for (const { shape } of sessionEventSchema.options) {
    const event = shape.event.value;
    source.addEventListener(event, (message: MessageEvent<string>) => {
      const parsed = sessionEventSchema.safeParse({ event, data: parseJson(message.data) });
      if (parsed.success && !signal.aborted) onEvent(parsed.data);
    });
  }
  source.addEventListener('error', () => {
    if (source.readyState === EventSource.CLOSED && !signal.aborted) onRefused();
  });
}

/** Sends a request and parses the response with `schema`. */
export async function request<Schema extends z.ZodType>(
  schema: Schema,
  path: string,
  init: RequestInit & { signal: AbortSignal },
): Promise<z.infer<Schema>> {
  const response = await send(path, init);
  const body = await bodyOf(response);
  if (!response.ok) throw new ApiError(response.status, body);
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new ApiError(response.status, body, { cause: parsed.error });
  return parsed.data;
}

async function send(
  path: string,
  init: RequestInit & { signal: AbortSignal },
  timeoutMs = TIMEOUT_MS,
): Promise<Response> {
  const signal = AbortSignal.any([init.signal, AbortSignal.timeout(timeoutMs)]);
  try {
    return await fetch(path, { ...init, signal });
  } catch (error) {
    if (init.signal.aborted) throw error;
    throw new ApiError(0, undefined, { cause: error });
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  return parseJson(await response.text());
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
