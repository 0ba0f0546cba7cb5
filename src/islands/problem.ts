import type { Strings } from '../i18n/dictionary.ts';
import type { ErrorTexts } from '../i18n/error-texts.ts';
import { errorBodySchema, type ErrorBody } from '../protocol/errors.ts';

/** What went wrong, for people: a title, what happened, and what to do. */
export interface Problem {
  title: string;
  message: string;
  hint: string;
  /** A `LAB_*` code, if the server sent one. */
  code?: string;
}

/** A request that failed. `status` is 0 when there was no answer. */
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

/** Describes a failed request, in the reader's language when its code is known. */
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

/** The same for an error inside a successful response, such as the end of a session. */
export function problemFrom(error: ErrorBody['error'], texts: Strings['errors']): Problem {
  const { title, hint } = texts.known[error.code as keyof ErrorTexts] ?? error;
  return { title, message: error.message, hint, code: error.code };
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError';
}
