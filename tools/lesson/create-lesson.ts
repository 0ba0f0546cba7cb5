import { mkdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { locales, type Locale } from '../../src/i18n/locale.ts';
import { listLessons } from '../../src/lessons/compile-lab.ts';
import { LessonError } from '../../src/lessons/lesson-error.ts';
import { isUnit, units } from '../../src/lessons/units.ts';
import { labIdSchema } from '../../src/protocol/lab.ts';

/** What differs from language to language; the blocks that are run do not. */
const words: Record<
  Locale,
  Record<'title' | 'about' | 'step' | 'guess' | 'one' | 'two' | 'check' | 'hint' | 'more', string>
> = {
  en: {
    title: 'A lesson of mine',
    about: 'Say in one sentence what the reader will be able to do.',
    step: 'Run a first pod',
    guess: 'How many pods will there be?',
    one: 'One',
    two: 'Two',
    check: 'The pod `hello` is running.',
    hint: '`kubectl get pods` tells how far it is.',
    more: 'Say what the picture shows, then let the reader try it.',
  },
  ja: {
    title: '新しいレッスン',
    about: '読み終えた人に何ができるようになるかを、一文で書きます。',
    step: '最初の Pod を動かす',
    guess: 'Pod はいくつできるでしょうか。',
    one: '一つ',
    two: '二つ',
    check: 'Pod `hello` が動いている。',
    hint: '`kubectl get pods` で、どこまで進んだかがわかります。',
    more: '図が何を表しているかを説明してから、読み手に試してもらいます。',
  },
};

/**
 * Writes a lesson with one step, in every language, that passes its proof as it is. Returns the files it wrote, from `root`.
 * Throws `LessonError` when the name is not `unit/lesson`, or is taken.
 */
export async function createLesson(name: string, root: string): Promise<string[]> {
  const [unit = '', slug = ''] = name.split('/');
  const place = { file: `content/labs/${name}/lab.yaml`, line: 1, column: 1 };
  if (!labIdSchema.safeParse(name).success || !isUnit(unit)) {
    const allowed = `unit/lesson in lower case; units: ${units.join(', ')}`;
    throw new LessonError(place, `"${name}" cannot be a lesson's name`, allowed);
  }
  const pages = locales.map((locale) => [
    `content/lessons/${locale}/${name}.mdx`,
    page(name, locale, nextOrder(unit, root)),
  ]);
  const files = Object.fromEntries([[place.file, lab], ...pages]) as Record<string, string>;
  const taken = Object.keys(files).find((file) => existsSync(join(root, file)));
  if (taken !== undefined) {
    throw new LessonError(
      { ...place, file: taken },
      'is there already',
      `a name other than ${slug}`,
    );
  }
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), text);
  }
  return Object.keys(files);
}

/** After the lessons that the unit has. */
function nextOrder(unit: string, root: string): number {
  return (
    listLessons(root).filter((file) => file.startsWith(`content/lessons/en/${unit}/`)).length + 1
  );
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
      # One letter wrong: nobody has such an image.
      - run: kubectl run hello --image=kindlab/wep:1
        undo: kubectl delete pod hello --now
        fails: [hello-running]
        shows: kindlab/wep:1
`;

function page(name: string, locale: Locale, order: number): string {
  const say = words[locale];
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
