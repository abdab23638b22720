import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = resolve(__dirname, '..');

export function handlers(): string[] {
  return readdirSync(join(root, 'assets', 'lambda')).sort();
}

export function bundleOf(handler: string): string {
  return join(root, 'assets', 'lambda', handler, 'index.js');
}
