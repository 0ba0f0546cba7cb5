import { globSync } from 'node:fs';

/** Paths of all lessons from `root`, sorted by name. */
export function listLessons(root = process.cwd()): string[] {
  return globSync('content/lessons/*/*/*.mdx', { cwd: root }).sort();
}

/** Path of a lesson in one locale, from the project's root. */
export function lessonFile(locale: string, unit: string, slug: string): string {
  return `content/lessons/${locale}/${unit}/${slug}.mdx`;
}

/** What {@link lessonFile} puts into the path of a lesson. */
export function placeOfLesson(file: string): { locale: string; unit: string; slug: string } {
  const [locale = '', unit = '', slug = ''] = file
    .replace(/\.mdx$/, '')
    .split('/')
    .slice(2);
  return { locale, unit, slug };
}

/** The ids of all labs, sorted by name. */
export function listLabs(root = process.cwd()): string[] {
  const files = globSync('content/labs/*/*/lab.yaml', { cwd: root });
  return files.map((file) => file.split('/').slice(2, 4).join('/')).sort();
}

/** Path of a lab from the project's root. */
export function labFile(labId: string): string {
  return `content/labs/${labId}/lab.yaml`;
}
