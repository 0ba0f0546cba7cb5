import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { PassThrough } from 'node:stream';
import { z } from 'zod';
import type { CheckResult } from '../../src/protocol/checks.ts';
import type { ClusterChange, SessionEvent } from '../../src/protocol/events.ts';
import type { FileList } from '../../src/protocol/files.ts';
import { sessionIdSchema } from '../../src/protocol/session.ts';
import { LabError } from '../errors.ts';
import type { LearnerSession } from '../sessions/session.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Access } from './access.ts';

export interface EventsOptions {
  sessions: Sessions;
  access: Access;
}

const HEARTBEAT_MS = 15_000;
const RETRY_MS = 2_000;
/**
 * A client that stops reading is dropped at this backlog. After a reconnect it gets the whole
 * state.
 */
const BACKLOG_BYTES = 1024 * 1024;
const STREAMS_PER_SESSION = 16;

/**
 * `GET /api/sessions/:id/events`: server-sent events until the session has ended. Closing the app
 * ends the streams.
 */
export function events(app: FastifyInstance, { sessions, access }: EventsOptions): void {
  const open = new Set<PassThrough>();
  const counts = new WeakMap<LearnerSession, number>();
  app.addHook('preClose', async () => {
    for (const stream of open) stream.end();
    return Promise.resolve();
  });

  app.withTypeProvider<ZodTypeProvider>().get(
    '/api/sessions/:id/events',
    {
      // A HEAD request would subscribe without ever reading.
      exposeHeadRoute: false,
      // Compression would delay events until a block is full.
      compress: false,
      schema: {
        summary: 'What happens in the session, as server-sent events',
        params: z.object({ id: sessionIdSchema }),
        produces: ['text/event-stream'],
      },
    },
    async (request, reply) => {
      const session = sessions.get(request.params.id, access.owner(request));
      const count = counts.get(session) ?? 0;
      if (count >= STREAMS_PER_SESSION) {
        throw new LabError(
          'LAB_LIMIT_RATE',
          `Session ${session.id} already has ${count} event streams.`,
        );
      }
      counts.set(session, count + 1);
      const stream = new PassThrough();
      open.add(stream);
      const stop = sendEvents(session, stream);
      stream.once('close', () => {
        stop();
        open.delete(stream);
        counts.set(session, (counts.get(session) ?? 1) - 1);
      });
      request.raw.once('close', () => stream.destroy());
      return reply
        .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
        .type('text/event-stream')
        .send(stream);
    },
  );
}

/**
 * Writes the state of a session to a stream, then every change. Returns a function that stops it.
 */
function sendEvents(session: LearnerSession, stream: PassThrough): () => void {
  const write = (text: string): void => {
    if (!stream.writable) return;
    stream.write(text);
    if (stream.writableLength > BACKLOG_BYTES) stream.destroy();
  };
  const send = ({ event, data }: SessionEvent): void => {
    write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const onChange = (): void => {
    send({ event: 'session', data: session.toJson() });
    if (session.hasEnded) stream.end();
  };
  const onCheck = (data: CheckResult): void => send({ event: 'check', data });
  const onCluster = (data: ClusterChange): void => send({ event: 'cluster', data });
  const onFiles = (data: FileList): void => send({ event: 'files', data });
  const heartbeat = setInterval(() => {
    write(':\n\n');
  }, HEARTBEAT_MS);

  const view = session.activity.view();
  write(`retry: ${RETRY_MS}\n\n`);
  onChange();
  send({ event: 'cluster', data: { type: 'reset', objects: session.objects() } });
  for (const result of session.results()) onCheck(result);
  if (session.files.last !== undefined) onFiles(session.files.last);
  session.events.on('change', onChange).on('check', onCheck).on('cluster', onCluster);
  session.events.on('files', onFiles);
  return () => {
    view[Symbol.dispose]();
    clearInterval(heartbeat);
    session.events.off('change', onChange).off('check', onCheck).off('cluster', onCluster);
    session.events.off('files', onFiles);
  };
}
