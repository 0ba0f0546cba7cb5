import type { Strings } from '../i18n/dictionary.ts';
import type { ErrorTexts } from '../i18n/error-texts.ts';
import { errorBodySchema, type ErrorBody } from '../protocol/errors.ts';

/** What went wrong, as it is shown: what it is, what happened, what to do. */
export interface Problem {
  title: string;
  message: string;
  hint: string;
  /** A `LAB_*` code, where the server gave one. */
  code?: string;
}

/** A request that did not succeed. `status` is 0 when there was no answer at all. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly body: ErrorBody['error'] | undefined;

  constructor(status: number, body: unknown, options?: ErrorOptions) {
    const parsed = errorBodySchema.safeParse(body);
    super(parsed.data?.error.message ?? `HTTP ${status}`, options);
    this.status = status;
    this.body = parsed.data?.error;
  }

  get code(): string | undefined {
    return this.body?.code;
  }
}

/** Says what a failed request means, in the reader's language where its code is known. */
export function problemOf(error: unknown, texts: Strings['errors']): Problem {
  if (error instanceof ApiError && error.body !== undefined) return problemFrom(error.body, texts);
  if (error instanceof ApiError && error.status > 0) {
    return { title: texts.oddTitle, message: error.message, hint: texts.oddHint };
  }
  if (error instanceof ApiError || isTimeout(error)) {
    return { title: texts.networkTitle, message: texts.networkMessage, hint: texts.networkHint };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { title: texts.oddTitle, message, hint: texts.oddHint };
}

/** The same for an error that came inside an answer, as the end of a session does. */
export function problemFrom(error: ErrorBody['error'], texts: Strings['errors']): Problem {
  const { title, hint } = texts.known[error.code as keyof ErrorTexts] ?? error;
  return { title, message: error.message, hint, code: error.code };
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError';
}
