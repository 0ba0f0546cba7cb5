import { linesOf } from './lines.ts';

interface ProgressEvent {
  stream?: string;
  status?: string;
  error?: string;
}

/**
 * Passes on the engine's report of a build, pull or import line by line until its end. Rejects with
 * the engine's message when the work fails, or when the connection breaks first.
 */
export async function followProgress(
  source: NodeJS.ReadableStream,
  onLine: (line: string) => void,
): Promise<void> {
  let failure: string | undefined;
  for await (const text of linesOf(source as AsyncIterable<Buffer>)) {
    if (text === '') continue;
    const { stream, status, error } = JSON.parse(text) as ProgressEvent;
    failure ??= error;
    for (const line of (stream ?? status ?? error ?? '').split('\n')) {
      if (line.trim() !== '') onLine(line.trimEnd());
    }
  }
  if (failure !== undefined) throw new Error(failure);
}
