import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readAssembly, type Type } from './assembly';
import { DOCS, PROJECT } from './places';
import { ReferencePage, text } from './reference-page';
import type { SidebarItem } from './sidebar';

const FOLDER = join(DOCS, 'reference', 'api');

interface Group {
  readonly title: string;
  readonly types: readonly Type[];
}

/**
 * Writes a page for every public type in the compiled assembly, and an index of the pages.
 *
 * @throws if a public type or member has no docstring, or an exported type has no page
 */
export function writeReference(): SidebarItem {
  const assembly = readAssembly();
  const groups = groupsOf(Object.values(assembly.types));
  const pages = new Map<string, string>();
  const problems = new Array<string>();
  for (const type of groups.flatMap(({ types }) => types)) {
    const page = new ReferencePage(assembly, type);
    pages.set(type.name, page.markdown());
    problems.push(...page.problems);
  }
  problems.push(...exportedNames().filter(name => !pages.has(name)).map(name => `${name} is exported and has no page: compile again`));
  if (problems.length > 0) throw new Error(`Reference: ${problems.join('; ')}`);
  pages.set('index', index(groups));
  write(pages);
  return {
    text: 'Every public type',
    link: '/reference/api/',
    collapsed: true,
    items: groups.map(({ title, types }) => ({
      text: title, collapsed: true, items: types.map(({ name }) => ({ text: name, link: `/reference/api/${name}` })),
    })),
  };
}

/** Returns the types in the groups of `src/index.ts`, whose comments are the titles. */
function groupsOf(types: readonly Type[]): Group[] {
  return readFileSync(join(PROJECT, 'src', 'index.ts'), 'utf8').split('\n\n').map(block => {
    const [, title] = /^\/\/ (.+)$/m.exec(block) ?? [];
    const files = [
      ...[...block.matchAll(/^export \* from '\.\/(.+)';$/gm)].map(([, file]) => `src/${file}.ts`), ...submodulesOf(block).flatMap(filesIn),
    ];
    if (title === undefined || files.length === 0) throw new Error(`src/index.ts: a group has no comment or no exports: ${block}`);
    return {
      title,
      types: files.flatMap(file => types.filter(({ locationInModule }) => locationInModule.filename === file)
        .sort((a, b) => weight(a, file) - weight(b, file) || a.locationInModule.line - b.locationInModule.line)),
    };
  });
}

/** Sorts the type that the file is named after before the others. */
function weight({ name }: Type, file: string): number {
  return name.toLowerCase() === basename(file, '.ts').replace(/-/g, '') ? 0 : 1;
}

/** Returns the names of all public types, as the sources declare them. */
export function exportedNames(): string[] {
  return ['', ...submodulesOf(readFileSync(join(PROJECT, 'src', 'index.ts'), 'utf8'))].flatMap(filesIn)
    .flatMap(file => [...readFileSync(join(PROJECT, file), 'utf8').matchAll(/^export (?:abstract )?(?:class|enum|interface) (\w+)/gm)])
    .map(([, name]) => name);
}

/** Returns the folders of the submodules that lines of `src/index.ts` export. */
function submodulesOf(lines: string): string[] {
  return [...lines.matchAll(/^export \* as \w+ from '\.\/(.+)';$/gm)].map(([, folder]) => folder);
}

/** Returns the files of a folder of `src`, without those of its folders. */
function filesIn(folder: string): string[] {
  return readdirSync(join(PROJECT, 'src', folder)).filter(file => file.endsWith('.ts')).map(file => join('src', folder, file));
}

function index(groups: readonly Group[]): string {
  return [
    '# Every public type',
    [
      'The names are those of TypeScript. Python writes methods and properties in snake case (`maxImages` is `max_images`) and takes',
      'props and options as keyword arguments. Java has a builder for each construct and each struct. Go creates a construct with',
      '`NewRepository`, calls a static method as `Teardown_DeleteWithImages`, and begins properties with a capital letter.',
    ].join('\n'),
    ...groups.map(({ title, types }) => [
      `## ${title}\n`,
      '| Type | Summary |',
      '|---|---|',
      ...types.map(({ name, docs }) => `| [\`${name}\`](${name}.md) | ${text(docs?.summary ?? '').replace(/\|/g, '\\|')} |`),
    ].join('\n')),
  ].join('\n\n') + '\n';
}

/** Writes only pages that have changed, so that the development server does not reload. */
function write(pages: ReadonlyMap<string, string>): void {
  mkdirSync(FOLDER, { recursive: true });
  for (const file of readdirSync(FOLDER)) if (!pages.has(basename(file, '.md'))) rmSync(join(FOLDER, file));
  for (const [name, page] of pages) {
    const file = join(FOLDER, `${name}.md`);
    if (!existsSync(file) || readFileSync(file, 'utf8') !== page) writeFileSync(file, page);
  }
}
