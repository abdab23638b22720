import { Dirent, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const SOURCE = /\.(ts|tsx|mts|js|mjs|cjs|py|java|kt|scala|go|cs|fs)$/;
const NOT_SOURCES = ['node_modules', 'cdk.out', 'target', 'bin', 'obj', 'build', 'dist', 'venv'];
/** Limit of the search, because checking more files would take too long for a hint. */
const MAX_FILES = 10_000;

/**
 * Finds a source file of the app that is newer than the assembly. The file is only a hint that the assembly is stale: the app may be in
 * another folder or read other files, and the change may have no effect.
 */
export function findNewerSource(folder: string, manifest: string): string | undefined {
  if (!existsSync(join(folder, 'cdk.json'))) return undefined;
  const synthesized = statSync(manifest).mtimeMs;
  const folders = [''];
  let count = 0;
  for (const current of folders) {
    for (const entry of entriesOf(join(folder, current))) {
      const path = join(current, entry.name);
      if (entry.isDirectory() && !entry.name.startsWith('.') && !NOT_SOURCES.includes(entry.name)) folders.push(path);
      if (!entry.isFile()) continue;
      if (++count > MAX_FILES) return undefined;
      if (SOURCE.test(entry.name) && statSync(join(folder, path)).mtimeMs > synthesized) return path;
    }
  }
  return undefined;
}

/** Returns no entries for a folder that cannot be read. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
