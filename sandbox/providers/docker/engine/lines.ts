import { LineReader } from '../../../lines.ts';

/** The lines of UTF-8 text, without their line breaks. Rejects when the source does. */
export async function* linesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const reader = new LineReader();
  for await (const chunk of source) {
    for (const line of reader.push(decoder.decode(chunk, { stream: true })))
      yield line.replace(/\r$/, '');
  }
  if (reader.rest !== '') yield reader.rest;
}
