import { existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

export const PROJECT = resolve(__dirname, '..', '..');

/** The only entry of a folder of dist/ that matches; several would be those of several versions. */
export function built(folder: string, pattern: RegExp): string {
  const directory = join(PROJECT, 'dist', folder);
  const found = existsSync(directory) ? readdirSync(directory).filter(name => pattern.test(name)) : [];
  if (found.length !== 1) {
    throw new Error(`${relative(PROJECT, directory)} must hold one package, and has ${found.join(', ') || 'none'}:`
      + ' npx projen package-all makes it');
  }
  return join(directory, found[0]);
}
