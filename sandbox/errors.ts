import type { ErrorBody, LabErrorCode } from '../src/protocol/errors.ts';

export type { LabErrorCode };

interface CatalogueEntry {
  /** HTTP status. */
  status: number;
  title: string;
  /** What to do now, unless the place that throws knows better. */
  hint: string;
}

/** Every error that a person or a client can meet. Codes are permanent. */
export const catalogue = {
  LAB_INPUT_INVALID: {
    status: 400,
    title: 'The request is not valid',
    hint: 'Correct the fields that the message names. /api/openapi.json describes them.',
  },
  LAB_INPUT_TOO_LARGE: {
    status: 413,
    title: 'The request is too large',
    hint: 'Send a smaller body.',
  },
  LAB_NOT_FOUND: {
    status: 404,
    title: 'There is nothing at this address',
    hint: '/api/openapi.json lists what there is.',
  },
  LAB_LAB_UNKNOWN: {
    status: 404,
    title: 'No such lab',
    hint: 'Open a lesson from the start page: each names its lab.',
  },
  LAB_STEP_UNKNOWN: {
    status: 404,
    title: 'No such step in this lab',
    hint: 'Reload the page: the lesson may have changed.',
  },
  LAB_SESSION_UNKNOWN: {
    status: 404,
    title: 'No such session',
    hint: 'It may have ended. Start a new one from the lesson.',
  },
  LAB_SESSION_FORBIDDEN: {
    status: 403,
    title: 'This session belongs to another browser',
    hint: 'Start a session of your own from the lesson.',
  },
  LAB_SESSION_ENDED: {
    status: 410,
    title: 'This session has ended',
    hint: 'Start a new one from the lesson.',
  },
  LAB_SESSION_NOT_READY: {
    status: 409,
    title: 'The session is still starting',
    hint: 'Wait until its state is ready.',
  },
  LAB_NODE_UNKNOWN: {
    status: 404,
    title: 'No such node in this cluster',
    hint: 'Ask for the names of the nodes: kubectl get nodes',
  },
  LAB_NODE_VITAL: {
    status: 409,
    title: 'This node cannot be stopped',
    hint: 'Stop a worker: with the control plane, nobody would be left to see what happens.',
  },
  LAB_SERVER_SILENT: {
    status: 504,
    title: 'The server does not answer',
    hint: 'Try again in a moment. If it stays, reload the page of the lesson.',
  },
  LAB_CHECKPOINT_FAILED: {
    status: 502,
    title: 'The cluster could not be brought to this step',
    hint: 'Try again, or start at the first step: the machine may just be very busy.',
  },
  LAB_FILE_UNKNOWN: {
    status: 404,
    title: 'No such file',
    hint: 'It may have been removed or renamed in the terminal.',
  },
  LAB_FILE_OUTSIDE: {
    status: 403,
    title: 'This file is not below ~/lab',
    hint: 'Use the terminal for what is elsewhere.',
  },
  LAB_FILE_NOT_TEXT: {
    status: 415,
    title: 'This is no text file',
    hint: 'Use the terminal for it.',
  },
  LAB_FILE_TOO_LARGE: {
    status: 413,
    title: 'This file is too large for the editor',
    hint: 'Use the terminal for it, for example "less" or "vim".',
  },
  LAB_FILE_CHANGED: {
    status: 409,
    title: 'This file has been changed meanwhile',
    hint: 'Read it again, and decide which of the two is to stay.',
  },
  LAB_FILE_FAILED: {
    status: 422,
    title: 'This could not be done with the file',
    hint: 'Look at it in the terminal: "ls -l" shows who may do what.',
  },
  LAB_PREVIEW_UNKNOWN: {
    status: 404,
    title: 'No such preview in this lab',
    hint: 'Reload the page of the lesson: it may have changed.',
  },
  LAB_PREVIEW_UNAVAILABLE: {
    status: 503,
    title: 'This server has no address for previews',
    hint: 'Name one in KINDLAB_PREVIEW_ORIGIN; docs/operations.md says how.',
  },
  LAB_PREVIEW_FORBIDDEN: {
    status: 403,
    title: 'This page is not open to this browser',
    hint: 'Open it from the lesson. If that leads here again, the browser keeps no cookies for it: open it in a browser tab of its own.',
  },
  LAB_PREVIEW_ABSENT: {
    status: 503,
    title: 'Nothing serves this page yet',
    hint: 'It comes with a later command of the lesson. This page looks again by itself.',
  },
  LAB_PREVIEW_NOT_READY: {
    status: 503,
    title: 'No pod behind this page is ready',
    hint: 'It may still be starting. This page looks again by itself.',
  },
  LAB_PREVIEW_SILENT: {
    status: 502,
    title: 'The pod behind this page does not answer',
    hint: 'It may still be starting, or the port is another. This page looks again by itself.',
  },
  LAB_PREVIEW_ASLEEP: {
    status: 503,
    title: 'Your cluster is asleep',
    hint: 'Type in the terminal, or open this page again from the lesson: both wake it.',
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
    title: 'No room for another session',
    hint: 'End a session that you no longer need, or try again in a few minutes.',
  },
  LAB_SANDBOX_PREPARING: {
    status: 503,
    title: 'The sandbox is still being prepared',
    hint: 'The lessons are readable meanwhile; /api/status shows how far it is.',
  },
  LAB_IMAGES_PREPARING: {
    status: 503,
    title: 'The images of this lesson are still being built',
    hint: 'Lessons that need less can be tried meanwhile; /api/status shows how far it is.',
  },
  LAB_SANDBOX_UNAVAILABLE: {
    status: 503,
    title: 'This server has no sandbox',
    hint: 'Run "npm run doctor" on the server: it says what is missing.',
  },
  LAB_ENGINE_MISSING: {
    status: 503,
    title: 'No container engine was found',
    hint: 'Install one, for example with "apt-get install docker.io", and start again.',
  },
  LAB_ENGINE_UNSUPPORTED: {
    status: 503,
    title: 'This container engine is not supported',
    hint: 'Use a rootful Docker engine of version 20.10 or later on linux/amd64.',
  },
  LAB_ENGINE_UNREACHABLE: {
    status: 503,
    title: 'The container engine does not answer',
    hint: 'Start it again, for example with "systemctl start docker". Sessions that it held are lost.',
  },
  LAB_HOST_UNFIT: {
    status: 503,
    title: 'This machine lacks something that a cluster needs',
    hint: 'Run "npm run doctor": it says what is missing and how to get it.',
  },
  LAB_DISK_FULL: {
    status: 507,
    title: 'The disk is full',
    hint: 'Free some space where the container engine keeps its data, then try again.',
  },
  LAB_IMAGE_BUILD_FAILED: {
    status: 503,
    title: 'An image could not be built',
    hint: 'The log names the line that matters. Mend it and run "npm start" again: it goes on where it stopped.',
  },
  LAB_CLUSTER_START_FAILED: {
    status: 502,
    title: 'The cluster did not start',
    hint: 'Everything of it has been removed. Try again.',
  },
  LAB_CLUSTER_TIMEOUT: {
    status: 504,
    title: 'The cluster took too long',
    hint: 'The machine may be busy. Try again in a minute.',
  },
  LAB_WORKSTATION_START_FAILED: {
    status: 502,
    title: 'The workstation did not start',
    hint: 'Everything of it has been removed. Try again.',
  },
  LAB_SANDBOX_LOST: {
    status: 503,
    title: 'The sandbox no longer lives',
    hint: 'Start a new session. What was in this one is lost.',
  },
  LAB_TERMINAL_LIMIT: {
    status: 429,
    title: 'This session has no more terminals',
    hint: 'Close one of its terminals first.',
  },
  LAB_LESSON_INVALID: {
    status: 500,
    title: 'A lesson file is not valid',
    hint: 'Correct the file at the line that the message names.',
  },
  LAB_STATE_LOCKED: {
    status: 503,
    title: 'Another server uses this state folder',
    hint: 'Stop that server, or give this one a folder of its own in KINDLAB_HOME.',
  },
  LAB_STATE_NEWER: {
    status: 503,
    title: 'A newer version has written the state folder',
    hint: 'Start that version, or give this one a folder of its own in KINDLAB_HOME.',
  },
  LAB_INTERNAL: {
    status: 500,
    title: 'Something broke on our side',
    hint: "Try again. If it stays, the server's log has the request id.",
  },
} as const satisfies Record<LabErrorCode, CatalogueEntry>;

export interface LabErrorOptions {
  /** Replaces the catalogue's hint where the thrower knows better. */
  hint?: string;
  cause?: unknown;
}

/** An error with a permanent code: what happened (message), and what to do (hint). */
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

  /** As the API sends it. */
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

/** `error` itself if it is coded, otherwise wrapped under `code`, with its message kept. */
export function toLabError(error: unknown, code: LabErrorCode = 'LAB_INTERNAL'): LabError {
  if (error instanceof LabError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new LabError(code, message, { cause: error });
}
