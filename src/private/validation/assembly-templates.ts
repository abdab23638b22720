import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What is read of a resource of a template, whoever wrote the template. */
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
 * Reads the templates and those of their nested stacks, each once. CDK hands a plug-in the templates of stacks only: a nested stack is an
 * asset of its stack.
 */
export function assemblyTemplates(paths: readonly string[]): AssemblyTemplate[] {
  const folders = [...new Set(paths.map(path => dirname(path)))];
  return [...new Set([...paths, ...folders.flatMap(nestedTemplates)])].map(path => {
    const { Resources = {} } = JSON.parse(readFileSync(path, 'utf8')) as { Resources?: AssemblyTemplate['resources'] };
    return { path, resources: Resources };
  });
}

/**
 * A folder may hold templates of nested stacks that the app had before, so that its list of files does not tell. The manifest names the
 * templates among the assets of a stack, or the files that do.
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
