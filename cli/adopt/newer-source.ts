import { Dirent, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const SOURCE = /\.(ts|tsx|mts|js|mjs|cjs|py|java|kt|scala|go|cs|fs)$/;
const NOT_SOURCES = ['node_modules', 'cdk.out', 'target', 'bin', 'obj', 'build', 'dist', 'venv'];
/** Looking at more files would take longer than the hint is worth. */
const MAX_FILES = 10_000;

/**
 * Finds a source file of the app in a folder that is newer than the assembly. It is a hint that the assembly is stale, and no proof: an app
 * may be elsewhere, may read other files, and a file may have changed without effect.
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

/** A folder that cannot be read tells nothing. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
