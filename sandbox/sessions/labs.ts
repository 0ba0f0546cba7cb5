import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Lab, labIdSchema, labSchema } from '../../src/protocol/lab.ts';
import { LabError } from '../errors.ts';

/** The labs of the built site: all that the server knows of lessons. */
export interface Labs {
  /** Errors: `LAB_LAB_UNKNOWN`, `LAB_LESSON_INVALID`. */
  get(id: string): Promise<Lab>;
}

/** Reads labs from the built site in `dist`, anew each time: a site that is built again needs no new server. */
export function createLabs(dist: string): Labs {
  return {
    get: async (id) => {
      if (!labIdSchema.safeParse(id).success) throw unknown(id);
      const text = await readFile(join(dist, 'labs', `${id}.json`), 'utf8').catch(() => undefined);
      if (text === undefined) throw unknown(id);
      const parsed = labSchema.safeParse(JSON.parse(text));
      if (parsed.success) return parsed.data;
      throw new LabError('LAB_LESSON_INVALID', `Lab ${id} is not one that this server knows.`, {
        cause: parsed.error,
        hint: 'Site and server are of different versions: stop the server and run "npm start".',
      });
    },
  };
}

function unknown(id: string): LabError {
  return new LabError('LAB_LAB_UNKNOWN', `There is no lab "${id.slice(0, 80)}".`);
}
