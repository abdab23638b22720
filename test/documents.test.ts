import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const project = resolve(__dirname, '..');
const fakes = readdirSync(join(project, 'test')).filter(folder => folder.startsWith('local-'));
const documents = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'test/e2e/emulator.md', ...fakes.map(fake => `test/${fake}/README.md`),
  ...readdirSync(join(project, 'docs'), { recursive: true }).map(String).filter(file => file.endsWith('.md')).map(file => join('docs', file))];
const read = (file: string) => readFileSync(join(project, file), 'utf8');
/** Fenced code shows links that are none. */
const prose = (file: string) => read(file).replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, code => code.replace(/[()[\]]/g, ' '));

/** As GitHub makes the anchor of a heading: https://github.com/gjtorikian/html-pipeline/blob/main/lib/html_pipeline/node_filter/table_of_contents_filter.rb */
function anchors(file: string): Set<string> {
  const headings = [...read(file).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => heading);
  return new Set(headings.map(heading => heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replace(/\s/g, '-')));
}

test.each(documents)('every link of %s to a file or a heading leads somewhere', file => {
  const links = [...prose(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link).filter(link => !/^[a-z]+:/.test(link));
  const broken = links.filter(link => {
    const [path, anchor] = link.split('#');
    const target = path === '' ? file : relative(project, resolve(project, dirname(file), path));
    if (!existsSync(join(project, target))) return true;
    return anchor !== undefined && statSync(join(project, target)).isFile() && !anchors(target).has(anchor);
  });
  expect(broken).toEqual([]);
});

test.each(documents)('every address in %s is written as one', file => {
  const addresses = [...read(file).matchAll(/https?:\/\/[^\s)>\]"'`|]+/g)].map(([address]) => address.replace(/[.,;:]+$/, ''));
  expect(addresses.filter(address => !URL.canParse(address))).toEqual([]);
});

test('README.md has at most 250 lines', () => {
  expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(250);
});

test('every page of docs is reached from the README, by one step or two', () => {
  const reached = (file: string) => [...prose(file).matchAll(/\]\(([^)\s#]+)/g)].map(([, link]) => link).filter(link => !/^[a-z]+:/.test(link))
    .map(link => relative(project, resolve(project, dirname(file), link)));
  const first = reached('README.md');
  const all = new Set([...first, ...first.filter(file => file.endsWith('.md')).flatMap(reached)]);
  const isReached = (file: string) => all.has(file) || [...all].some(folder => file.startsWith(`${folder.replace(/\/$/, '')}/`));
  expect(documents.filter(file => file !== 'README.md' && !isReached(file))).toEqual([]);
});

const handlers = readdirSync(join(project, 'lambda'), { withFileTypes: true })
  .filter(entry => entry.isDirectory() && entry.name !== 'shared').map(entry => entry.name);

test.each(handlers)('docs/handlers.md says what the handler %s does with each request', handler => {
  expect(read('docs/handlers.md')).toMatch(new RegExp(`^\\| \`${handler}\` \\(.+\\|$`, 'm'));
});

describe.each(fakes)('the README of %s', fake => {
  const cellsOf = (line: string) => line.split(' | ').map(cell => cell.replace(/^\| | \|$/g, '').trim());
  const rows = read(`test/${fake}/README.md`).split('\n').filter(line => line.startsWith('| ') && !line.startsWith('| Behavior')).map(cellsOf);
  const sources = (readdirSync(join(project, 'test', fake), { recursive: true }) as string[]).filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts'));

  test('lists every file of operations, and every operation with the file that has it', () => {
    const listed = rows.map(([first, second]) => [/^`([\w-]+\.ts)`$/.exec(first)?.[1], second] as const).filter(([file]) => file !== undefined);
    const files = sources.filter(file => file.startsWith('operations/') && file !== 'operations/index.ts').map(file => file.replace('operations/', ''));
    expect(listed.map(([file]) => file)).toEqual(expect.arrayContaining(files));
    expect(listed).not.toEqual([]);
    for (const [file, operations] of listed) {
      const source = read(join('test', fake, ...files.length > 0 ? ['operations', file!] : [file!]));
      if (fake === 'local-registry') continue; // it has routes in place of operations
      for (const operation of operations.split(', ')) expect([file, source]).toEqual([file, expect.stringMatching(new RegExp(`\\b${operation}\\b`, 'i'))]);
    }
  });

  test('lists every operation that the fake implements', () => {
    const table = sources.filter(file => /^operations(\/index)?\.ts$/.test(file)).map(file => read(join('test', fake, file))).join('');
    const implemented = [...table.matchAll(/^  ([A-Z]\w+): /gm)].map(([, operation]) => operation);
    expect(rows.flatMap(([, second = '']) => second.split(', '))).toEqual(expect.arrayContaining(implemented));
  });

  test('gives the basis of every behavior', () => {
    const bases = rows.filter(cells => cells.length === 3).map(([, basis]) => basis);
    expect(bases.filter(basis => !['documented', 'recorded', 'assumed', 'simplified'].includes(basis))).toEqual([]);
    expect(bases.length).toBeGreaterThan(0);
  });

  test('gives the source of every behavior that is documented or recorded', () => {
    expect(rows.filter(([, basis, source]) => ['documented', 'recorded'].includes(basis) && (source ?? '') === '')).toEqual([]);
  });

  test('is the one place of what is assumed: no source file says UNCERTAIN', () => {
    expect(sources.filter(file => /UNCERTAIN/.test(read(join('test', fake, file))))).toEqual([]);
  });
});
