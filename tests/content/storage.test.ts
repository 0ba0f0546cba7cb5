import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { profileOf } from '../../src/lessons/compile-lab.ts';
import { listLessons } from '../../src/lessons/content-files.ts';
import { imagesFor } from '../../src/protocol/lab.ts';

/** The claims themselves: a lesson may mention volumes without using one. */
const USES_STORAGE = /kind: PersistentVolumeClaim|volumeClaimTemplates:/;

test('every lab that claims volumes has storage', async () => {
  const labs = new Set(
    listLessons()
      .map((file) => readFileSync(file, 'utf8'))
      .filter((text) => USES_STORAGE.test(text))
      .map((text) => /^lab: (\S+)$/m.exec(text)?.[1] ?? ''),
  );
  expect([...labs]).toContain('data/batch-jobs');
  for (const lab of labs) {
    const hint = `${lab}: add "storage" to profile.addons`;
    expect(imagesFor(await profileOf(lab)), hint).toContain('local-path-provisioner');
  }
});
