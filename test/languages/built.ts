import { existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

export const PROJECT = resolve(__dirname, '..', '..');

/** Returns the only matching entry of a folder in dist/. Several entries would be of several versions. */
export function built(folder: string, pattern: RegExp): string {
  const directory = join(PROJECT, 'dist', folder);
  const found = existsSync(directory) ? readdirSync(directory).filter(name => pattern.test(name)) : [];
  if (found.length !== 1) {
    throw new Error(`${relative(PROJECT, directory)} must contain exactly one package, but has ${found.join(', ') || 'none'}:`
      + ' npx projen package-all makes it');
  }
  return join(directory, found[0]);
}
