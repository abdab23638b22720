import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOCS } from './places';

/** Entry of the sidebar of VitePress: https://vitepress.dev/reference/default-theme-sidebar */
export interface SidebarItem {
  readonly text: string;
  readonly link?: string;
  readonly collapsed?: boolean;
  readonly items?: SidebarItem[];
}

interface Group {
  readonly text: string;
  /** Folder of the pages, relative to docs/. */
  readonly folder: string;
  /** Pages in the order of the sidebar. Must list every page of the folder, except pages with a number if `numbered` is set. */
  readonly pages: readonly string[];
  readonly numbered?: boolean;
  readonly collapsed?: boolean;
}

const GROUPS: readonly Group[] = [
  { text: 'Start', folder: '', pages: ['getting-started', 'concepts'] },
  {
    text: 'Guides',
    folder: 'guides',
    pages: [
      'registry-report', 'repository', 'teardown', 'lifecycle-policies', 'image-shield', 'other-clusters', 'events-and-metrics', 'access',
      'registry', 'replication-and-scanning', 'pull-through-cache', 'images', 'public-repositories', 'adoption', 'migration',
    ],
  },
  { text: 'Operations', folder: 'operations', pages: ['troubleshooting', 'warnings', 'organization-rules'] },
  {
    text: 'Reference',
    folder: 'reference',
    pages: ['by-task', 'command-line', 'report-json', 'permissions', 'compatibility', 'security', 'scanners', 'benchmarks', 'comparison'],
  },
  { text: 'Decisions', folder: 'decisions', pages: ['index'], numbered: true, collapsed: true },
  {
    text: 'For maintainers',
    folder: 'internals',
    pages: ['architecture', 'handlers', 'ecr-operations', 'testing', 'assumptions'],
    collapsed: true,
  },
];

/** Folders in docs/ that have no pages for the sidebar. */
const OTHER_FOLDERS = ['.vitepress', 'images', 'public'];

/**
 * Returns the sidebar.
 *
 * @param types the pages of public types, which are the last entry of the reference
 * @throws if a page of docs/ is not in the sidebar, or the sidebar names a page that does not exist
 */
export function sidebar(types: SidebarItem, docs = DOCS): SidebarItem[] {
  const problems = new Array<string>();
  const folders = readdirSync(docs, { withFileTypes: true }).filter(entry => entry.isDirectory()).map(entry => entry.name)
    .filter(folder => !OTHER_FOLDERS.includes(folder) && !GROUPS.some(group => group.folder === folder));
  for (const folder of folders) problems.push(`docs/${folder} has no group in the sidebar`);
  const items = GROUPS.map(({ text, folder, pages, numbered, collapsed }) => {
    const names = readdirSync(join(docs, folder)).filter(file => file.endsWith('.md')).map(file => file.replace(/\.md$/, ''));
    for (const name of names) {
      const isListed = pages.includes(name) || (numbered && /^\d{4}-/.test(name)) || (folder === '' && name === 'index');
      if (!isListed) problems.push(`docs/${join(folder, name)}.md is not in the sidebar`);
    }
    for (const page of pages.filter(name => !names.includes(name))) problems.push(`there is no docs/${join(folder, page)}.md`);
    const ordered = [...pages.filter(page => names.includes(page)), ...numbered ? names.filter(name => /^\d{4}-/.test(name)).sort() : []];
    const link = (name: string) => ['', ...folder === '' ? [] : [folder], name === 'index' ? '' : name].join('/');
    return { text, collapsed, items: ordered.map(name => ({ text: titleOf(join(docs, folder, `${name}.md`)), link: link(name) })) };
  });
  if (problems.length > 0) throw new Error(`Sidebar (docs/.vitepress/sidebar.ts): ${problems.join('; ')}`);
  return items.flatMap(item => item.text === 'Reference' ? [{ ...item, items: [...item.items, types] }] : [item]);
}

function titleOf(file: string): string {
  const [, heading] = /^# (.+)$/m.exec(readFileSync(file, 'utf8')) ?? [];
  if (heading === undefined) throw new Error(`${file} has no heading`);
  return heading.replace(/`/g, '');
}
