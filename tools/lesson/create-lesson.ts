import { mkdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { locales, type Locale } from '../../src/i18n/locale.ts';
import { stringsOf } from '../../src/i18n/strings.ts';
import {
  labFile,
  lessonFile,
  listLessons,
  placeOfLesson,
} from '../../src/lessons/content-files.ts';
import { LessonError } from '../../src/lessons/lesson-error.ts';
import { isUnit, units } from '../../src/lessons/units.ts';
import { labIdSchema } from '../../src/protocol/lab.ts';

/**
 * Writes a lesson with one step, in every language, that passes its proof as it is. Returns the
 * paths of the files it wrote, from `root`.
 *
 * @throws LessonError when the name is not `unit/lesson`, or is taken
 */
export async function createLesson(name: string, root: string): Promise<string[]> {
  const [unit = '', slug = ''] = name.split('/');
  const place = { file: labFile(name), line: 1, column: 1 };
  if (!labIdSchema.safeParse(name).success || !isUnit(unit)) {
    const allowed = `unit/lesson in lower case; units: ${units.join(', ')}`;
    throw new LessonError(place, `"${name}" cannot be the name of a lesson`, allowed);
  }
  const pages = locales.map((locale) => [
    lessonFile(locale, unit, slug),
    page(name, locale, nextOrder(unit, root)),
  ]);
  const files = Object.fromEntries([[place.file, lab], ...pages]) as Record<string, string>;
  const taken = Object.keys(files).find((file) => existsSync(join(root, file)));
  if (taken !== undefined) {
    const allowed = `a name other than ${slug}`;
    throw new LessonError({ ...place, file: taken }, 'already exists', allowed);
  }
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), text);
  }
  return Object.keys(files);
}

/** Puts the lesson after those that the unit has. */
function nextOrder(unit: string, root: string): number {
  const places = listLessons(root).map(placeOfLesson);
  const slugs = places.filter((each) => each.unit === unit).map(({ slug }) => slug);
  return new Set(slugs).size + 1;
}

const lab = `# yaml-language-server: $schema=../../lab.schema.json
profile: { workers: 2, images: [web] }
steps:
  first-pod:
    checks:
      hello-running:
        resource: { kind: Pod, name: hello }
        expect: object.status.phase == "Running"
    wrong:
      # One letter wrong: no such image exists.
      - run: kubectl run hello --image=kindlab/wep:1
        undo: kubectl delete pod hello --now
        fails: [hello-running]
        shows: kindlab/wep:1
`;

function page(name: string, locale: Locale, order: number): string {
  const say = stringsOf(locale).newLesson;
  return `---
title: ${say.title}
description: ${say.about}
lab: ${name}
order: ${order}
---

${say.about}

<Step id="first-pod" title="${say.step}">

${say.more}

\`\`\`diagram title="${say.step}"
+- node ---------+
| +- pod ------+ |
| |   hello    | |
| +------------+ |
+----------------+
\`\`\`

<Predict id="how-many">

${say.guess}

<Guess right>${say.one}</Guess>
<Guess>${say.two}</Guess>

</Predict>

\`\`\`sh run
kubectl run hello --image=kindlab/web:1
kubectl wait --for=condition=Ready pod/hello --timeout=60s
kubectl get pods
\`\`\`

<Check id="hello-running">${say.check}</Check>

<Hint>${say.hint}</Hint>

</Step>
`;
}
