import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Resource of a template from any source. */
export interface TemplateResource {
  readonly Type?: unknown;
  readonly DeletionPolicy?: unknown;
  readonly UpdateReplacePolicy?: unknown;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

export interface AssemblyTemplate {
  readonly path: string;
  readonly resources: Readonly<Record<string, TemplateResource>>;
}

/**
 * Reads the templates and those of their nested stacks, each once. CDK passes only the templates of stacks to a plug-in, because a nested
 * stack is an asset of its stack.
 */
export function assemblyTemplates(paths: readonly string[]): AssemblyTemplate[] {
  const folders = [...new Set(paths.map(path => dirname(path)))];
  return [...new Set([...paths, ...folders.flatMap(nestedTemplates)])].map(path => {
    const { Resources = {} } = JSON.parse(readFileSync(path, 'utf8')) as { Resources?: AssemblyTemplate['resources'] };
    return { path, resources: Resources };
  });
}

/**
 * Returns the templates of nested stacks. A folder can contain old templates of nested stacks, so its list of files is not reliable. The
 * manifest lists the templates among the assets of a stack, or the files that list them.
 */
function nestedTemplates(folder: string): string[] {
  const manifest = readFileSync(join(folder, 'manifest.json'), 'utf8');
  const texts = [manifest, ...namesIn(manifest, /"([^"/\\]+\.(?:assets|metadata)\.json)"/g)
    .map(name => readFileSync(join(folder, name), 'utf8'))];
  return texts.flatMap(text => namesIn(text, /"([^"/\\]+\.nested\.template\.json)"/g)).map(name => join(folder, name));
}

function namesIn(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, name]) => name))];
}
