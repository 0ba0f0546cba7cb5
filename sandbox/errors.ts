import type { ErrorBody, LabErrorCode } from '../src/protocol/errors.ts';

export type { LabErrorCode };

interface CatalogueEntry {
  /** HTTP status. */
  status: number;
  title: string;
  /** What to do now. A thrower that knows better replaces it. */
  hint: string;
}

/** The English texts of every error code. */
export const catalogue = {
  LAB_INPUT_INVALID: {
    status: 400,
    title: 'The request is not valid',
    hint: 'Correct the fields named in the message. /api/openapi.json describes them.',
  },
  LAB_INPUT_TOO_LARGE: {
    status: 413,
    title: 'The request is too large',
    hint: 'Send a smaller body.',
  },
  LAB_NOT_FOUND: {
    status: 404,
    title: 'There is nothing at this address',
    hint: '/api/openapi.json lists the routes of the API.',
  },
  LAB_LAB_UNKNOWN: {
    status: 404,
    title: 'There is no such lab',
    hint: 'Open a lesson from the start page.',
  },
  LAB_STEP_UNKNOWN: {
    status: 404,
    title: 'This lab has no such step',
    hint: 'Reload the page: the lesson may have changed.',
  },
  LAB_SESSION_UNKNOWN: {
    status: 404,
    title: 'There is no such session',
    hint: 'It may have ended. Start a new session from the lesson.',
  },
  LAB_SESSION_FORBIDDEN: {
    status: 403,
    title: 'This session belongs to another browser',
    hint: 'Start your own session from the lesson.',
  },
  LAB_SESSION_ENDED: {
    status: 410,
    title: 'This session has ended',
    hint: 'Start a new session from the lesson.',
  },
  LAB_SESSION_NOT_READY: {
    status: 409,
    title: 'The session is still starting',
    hint: 'Wait until it is ready.',
  },
  LAB_NODE_UNKNOWN: {
    status: 404,
    title: 'This cluster has no such node',
    hint: 'List the nodes with: kubectl get nodes',
  },
  LAB_NODE_VITAL: {
    status: 409,
    title: 'This node cannot be stopped',
    hint: 'Stop a worker instead. Without the control plane, kubectl could not show what happens.',
  },
  LAB_SERVER_SILENT: {
    status: 504,
    title: 'The server does not answer',
    hint: 'Try again in a moment. If that does not help, reload the lesson.',
  },
  LAB_CHECKPOINT_FAILED: {
    status: 502,
    title: 'The cluster could not be brought to this step',
    hint: 'The machine may be very busy. Try again, or start from the first step.',
  },
  LAB_FILE_UNKNOWN: {
    status: 404,
    title: 'There is no such file',
    hint: 'It may have been removed or renamed in the terminal.',
  },
  LAB_FILE_OUTSIDE: {
    status: 403,
    title: 'This file is outside ~/lab',
    hint: 'Use the terminal to reach it.',
  },
  LAB_FILE_NOT_TEXT: {
    status: 415,
    title: 'This is not a text file',
    hint: 'Use the terminal to work with it.',
  },
  LAB_FILE_TOO_LARGE: {
    status: 413,
    title: 'This file is too large for the editor',
    hint: 'Open it in the terminal, for example with "less" or "vim".',
  },
  LAB_FILE_CHANGED: {
    status: 409,
    title: 'The file has changed since you opened it',
    hint: 'Reload it, then decide which version to keep.',
  },
  LAB_FILE_FAILED: {
    status: 422,
    title: 'The file operation failed',
    hint: 'Look at the file in the terminal: "ls -l" shows its permissions.',
  },
  LAB_PREVIEW_UNKNOWN: {
    status: 404,
    title: 'This lab has no such preview',
    hint: 'Reload the page: the lesson may have changed.',
  },
  LAB_PREVIEW_UNAVAILABLE: {
    status: 503,
    title: 'This server has no address for previews',
    hint: 'Set KINDLAB_PREVIEW_ORIGIN; docs/operations.md describes it.',
  },
  LAB_PREVIEW_FORBIDDEN: {
    status: 403,
    title: 'This browser may not open this page',
    hint: 'Open it from the lesson. If that leads here again, the browser blocks its cookies: open it in a new browser tab.',
  },
  LAB_PREVIEW_ABSENT: {
    status: 503,
    title: 'Nothing serves this page yet',
    hint: 'A later command of the lesson starts it. This page reloads by itself.',
  },
  LAB_PREVIEW_NOT_READY: {
    status: 503,
    title: 'No pod behind this page is ready',
    hint: 'It may still be starting. This page reloads by itself.',
  },
  LAB_PREVIEW_SILENT: {
    status: 502,
    title: 'The pod behind this page does not answer',
    hint: 'It may still be starting, or listen on another port. This page reloads by itself.',
  },
  LAB_PREVIEW_ASLEEP: {
    status: 503,
    title: 'Your cluster is asleep',
    hint: 'To wake it, type in the terminal or open this page again from the lesson.',
  },
  LAB_ORIGIN_FORBIDDEN: {
    status: 403,
    title: 'The request comes from another site',
    hint: 'Open Kindlab at its own address and try again there.',
  },
  LAB_LIMIT_RATE: {
    status: 429,
    title: 'Too many requests',
    hint: 'Wait a moment, then try again.',
  },
  LAB_CAPACITY_FULL: {
    status: 503,
    title: 'There is no capacity for another session',
    hint: 'End a session that you no longer need, or try again in a few minutes.',
  },
  LAB_SANDBOX_PREPARING: {
    status: 503,
    title: 'The sandbox is still being prepared',
    hint: 'You can already read the lessons. /api/status shows the progress.',
  },
  LAB_IMAGES_PREPARING: {
    status: 503,
    title: 'The images of this lesson are still being built',
    hint: 'Other lessons may already work. /api/status shows the progress.',
  },
  LAB_SANDBOX_UNAVAILABLE: {
    status: 503,
    title: 'This server has no sandbox',
    hint: 'Run "npm run doctor" on the server to see what is missing.',
  },
  LAB_ENGINE_MISSING: {
    status: 503,
    title: 'No container engine was found',
    hint: 'Install one, for example with "apt-get install docker.io", and start Kindlab again.',
  },
  LAB_ENGINE_UNSUPPORTED: {
    status: 503,
    title: 'This container engine is not supported',
    hint: 'Use a rootful Docker engine of version 20.10 or later on linux/amd64.',
  },
  LAB_ENGINE_UNREACHABLE: {
    status: 503,
    title: 'The container engine does not answer',
    hint: 'Start it again, for example with "systemctl start docker". Its sessions are lost.',
  },
  LAB_HOST_UNFIT: {
    status: 503,
    title: 'This machine is missing something that clusters need',
    hint: 'Run "npm run doctor" to see what is missing and how to get it.',
  },
  LAB_DISK_FULL: {
    status: 507,
    title: 'The disk is full',
    hint: 'Free some space where the container engine stores its data, then try again.',
  },
  LAB_IMAGE_BUILD_FAILED: {
    status: 503,
    title: 'An image could not be built',
    hint: 'The log shows the line that failed. Fix it and run "npm start" again; it continues where it stopped.',
  },
  LAB_CLUSTER_START_FAILED: {
    status: 502,
    title: 'The cluster did not start',
    hint: 'It has been removed completely. Try again.',
  },
  LAB_CLUSTER_TIMEOUT: {
    status: 504,
    title: 'The cluster took too long',
    hint: 'The machine may be busy. Try again in a minute.',
  },
  LAB_WORKSTATION_START_FAILED: {
    status: 502,
    title: 'The workstation did not start',
    hint: 'It has been removed completely. Try again.',
  },
  LAB_SANDBOX_LOST: {
    status: 503,
    title: 'The sandbox is gone',
    hint: 'Start a new session. Everything in this one is lost.',
  },
  LAB_TERMINAL_LIMIT: {
    status: 429,
    title: 'This session cannot open another terminal',
    hint: 'Close one of its terminals first.',
  },
  LAB_LESSON_INVALID: {
    status: 500,
    title: 'A lesson file is not valid',
    hint: 'Correct the file at the line named in the message.',
  },
  LAB_STATE_LOCKED: {
    status: 503,
    title: 'Another server uses this state folder',
    hint: 'Stop that server, or set KINDLAB_HOME to a separate folder for this one.',
  },
  LAB_STATE_NEWER: {
    status: 503,
    title: 'A newer version has written the state folder',
    hint: 'Start that version, or set KINDLAB_HOME to a separate folder for this one.',
  },
  LAB_INTERNAL: {
    status: 500,
    title: 'Something went wrong on the server',
    hint: "Try again. If that does not help, look up the request id in the server's log.",
  },
} as const satisfies Record<LabErrorCode, CatalogueEntry>;

export interface LabErrorOptions {
  /** Replaces the hint of the catalogue. */
  hint?: string;
  cause?: unknown;
}

/** An error with a permanent code: the message says what happened, the hint what to do. */
export class LabError extends Error {
  override readonly name = 'LabError';
  readonly code: LabErrorCode;
  readonly hint: string;

  constructor(code: LabErrorCode, message: string, options: LabErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? catalogue[code].hint;
  }

  get status(): number {
    return catalogue[this.code].status;
  }

  /** The body of an API response. */
  toBody(): ErrorBody {
    return {
      error: {
        code: this.code,
        title: catalogue[this.code].title,
        message: this.message,
        hint: this.hint,
      },
    };
  }
}

/** `error` itself if it has a code, otherwise a `LabError` with `code` and its message. */
export function toLabError(error: unknown, code: LabErrorCode = 'LAB_INTERNAL'): LabError {
  if (error instanceof LabError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new LabError(code, message, { cause: error });
}
