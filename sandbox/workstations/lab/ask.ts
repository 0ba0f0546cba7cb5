import { connect } from 'node:net';
import type { LabAnswer, LabRequest } from '../../../src/protocol/lab-command.ts';
import type { ErrorBody } from '../../../src/protocol/errors.ts';
import { ANSWER_MS } from '../lab-limits.ts';
import { LAB_SOCKET } from '../sockets.ts';

/** The relay gives up earlier. */
const TIMEOUT_MS = ANSWER_MS + 10_000;

/** A failure whose message is for the learner. The exit code is 2. */
export class Refusal extends Error {}

/**
 * Sends a request to the server. Rejects with a {@link Refusal} when it refuses or is unreachable.
 */
export async function ask<Answer extends LabAnswer>(
  request: LabRequest,
  socketPath = LAB_SOCKET,
): Promise<Exclude<Answer, ErrorBody>> {
  const text = await exchange(`${JSON.stringify(request)}\n`, socketPath);
  const answer = parse(text) as Answer | ErrorBody | undefined;
  if (answer === undefined) throw new Refusal('The workstation is busy. Try again in a moment.');
  if ('error' in answer) {
    const { title, message, hint } = answer.error;
    throw new Refusal(`${title}. ${message}\n${hint}`);
  }
  return answer as Exclude<Answer, ErrorBody>;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

async function exchange(line: string, path: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = '';
  const socket = connect(path, () => socket.write(line));
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
  socket.setEncoding('utf8').on('data', (chunk) => (text += String(chunk)));
  socket.on('error', () => reject(new Refusal('The workstation cannot reach the server.')));
  socket.on('close', () => resolve(text));
  return promise;
}
