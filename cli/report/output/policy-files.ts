import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { Failure } from '../../failure';
import { writing } from '../../files';
import type { RepositoryRecord } from '../repository-record';

/**
 * Writes each recommended policy as `<folder>/<registry>/<repository>.json`, in the format of aws ecr put-lifecycle-policy. Returns their
 * number.
 *
 * @throws Failure if a file cannot be written, or would be outside the folder
 */
export async function writePolicies(folder: string, records: readonly RepositoryRecord[]): Promise<number> {
  let count = 0;
  for (const { registry, name, recommendation } of records) {
    if (recommendation?.kind !== 'policy') continue;
    const file = policyFile(folder, registry, name);
    await writing(file, async () => {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, `${JSON.stringify({ rules: recommendation.rules }, undefined, 2)}\n`);
    });
    count += 1;
  }
  return count;
}

/** The names come from AWS, and a wrong answer must not choose where files are written. */
export function policyFile(folder: string, registry: string, name: string): string {
  const file = join(folder, registry, `${name}.json`);
  const isInside = resolve(file).startsWith(`${resolve(folder, registry)}${sep}`) && !name.split(/[/\\]/).includes('..');
  if (!isInside) throw new Failure([`the policy of repository '${name}' is not written, because its file would be outside ${folder}`]);
  return file;
}
