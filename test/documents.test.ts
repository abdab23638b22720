import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { concatenatedTexts, parseSource, readSource as read, sourceFiles, stringLiterals } from './source-texts';
import { githubSlug } from '../docs/.vitepress/links';
import { REPOSITORY, SITE } from '../docs/.vitepress/places';
import { exportedNames } from '../docs/.vitepress/reference';
import { RepositoryValidator } from '../src';
import { LIFECYCLE_WARNING_CODES } from '../src/core/lifecycle/warnings';

const project = resolve(__dirname, '..');
const fakes = readdirSync(join(project, 'test')).filter(folder => folder.startsWith('local-'));
const documents = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'test/e2e/emulator.md', ...fakes.map(fake => `test/${fake}/README.md`),
  ...readdirSync(join(project, 'docs'), { recursive: true }).map(String)
    .filter(file => file.endsWith('.md') && !file.startsWith('reference/api/')) // these are generated
    .map(file => join('docs', file))];
/** Fenced code shows links that are none. */
const prose = (file: string) => read(file).replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, code => code.replace(/[()[\]]/g, ' '));

function anchors(file: string): Set<string> {
  const headings = [...read(file).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => heading);
  const ids = [...read(file).matchAll(/<a [^>]*id="([^"]+)"/g)].map(([, id]) => id);
  return new Set([...ids, ...headings.map(heading => githubSlug(heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')))]);
}

const linksOf = (file: string) => [...prose(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);

/** Addresses of this repository and of the site that is made from docs/, which npm and PyPI can follow. */
const PUBLISHED: ReadonlyArray<readonly [address: string, folder: string]> = [
  [`${REPOSITORY}/blob/main/`, ''],
  [`${REPOSITORY}/tree/main/`, ''],
  [`${REPOSITORY.replace('://github.com/', '://raw.githubusercontent.com/')}/main/`, ''],
  [SITE, 'docs'],
];
/** Generated with the site. */
const API = `${SITE}reference/api/`;

/** The file or folder that a link leads to; undefined for an address of somebody else. */
function targetOf(file: string, link: string): string | undefined {
  const [path] = link.split('#');
  if (path === '') return file;
  if (!/^[a-z]+:/.test(path)) return relative(project, resolve(project, dirname(file), path));
  const [address, folder] = PUBLISHED.find(([start]) => path.startsWith(start)) ?? [];
  if (address === undefined || folder === undefined || path.startsWith(API)) return undefined;
  const target = join(folder, path.slice(address.length));
  return folder === '' ? target : [`${target}.md`, join(target, 'index.md')].find(page => existsSync(join(project, page))) ?? target;
}

test.each(documents)('every link of %s to a file or a heading leads somewhere', file => {
  const broken = linksOf(file).filter(link => {
    const target = targetOf(file, link);
    if (target === undefined) return false;
    if (!existsSync(join(project, target))) return true;
    const [, anchor] = link.split('#');
    return anchor !== undefined && statSync(join(project, target)).isFile() && !anchors(target).has(anchor);
  });
  expect(broken).toEqual([]);
});

test.each(documents)('every address in %s is written as one', file => {
  const addresses = [...read(file).matchAll(/https?:\/\/[^\s)>\]"'`|]+/g)].map(([address]) => address.replace(/[.,;:]+$/, ''));
  expect(addresses.filter(address => !URL.canParse(address))).toEqual([]);
});

describe('README.md', () => {
  test('has absolute links and pictures only, which npm and PyPI can show', () => {
    expect(linksOf('README.md').filter(link => !link.startsWith('https://'))).toEqual([]);
  });

  test('has at most 900 words outside of code, tables, and the install block', () => {
    const words = prose('README.md').replace(/<details>.*?<\/details>/s, '').replace(/^\|.*$/gm, '').replace(/^\[!\[.*$/gm, '')
      .replace(/!\[[^\]]*\]\([^)]*\)/g, '').replace(/\]\([^)]*\)/g, ']').split(/\s+/).filter(word => /\w/.test(word));
    expect(words.length).toBeLessThanOrEqual(900);
  });
});

test('every document that is not a page of docs is linked from the README, CONTRIBUTING, or a page', () => {
  const isPage = (file: string) => file.startsWith('docs/');
  const targets = documents.filter(file => isPage(file) || ['README.md', 'CONTRIBUTING.md'].includes(file))
    .flatMap(file => linksOf(file).map(link => targetOf(file, link))).filter(target => target !== undefined);
  const isLinked = (file: string) => targets.some(target => file === target || file.startsWith(`${target.replace(/\/$/, '')}/`));
  expect(documents.filter(file => file !== 'README.md' && !isPage(file) && !isLinked(file))).toEqual([]);
});

test('docs/reference/by-task.md links every public type to API.md, each once', () => {
  const linked = [...read('docs/reference/by-task.md').matchAll(/API\.md#cdk-ecr-keeper\.(?:[a-z]+\.)?(\w+)\)/g)].map(([, name]) => name);
  expect(linked.sort()).toEqual(exportedNames().sort());
});

const handlers = readdirSync(join(project, 'lambda'), { withFileTypes: true })
  .filter(entry => entry.isDirectory() && entry.name !== 'shared').map(entry => entry.name);

test.each(handlers)('docs/internals/handlers.md says what the handler %s does with each request', handler => {
  expect(read('docs/internals/handlers.md')).toMatch(new RegExp(`^\\| \`${handler}\` \\(.+\\|$`, 'm'));
});

test('docs/decisions/index.md has a row for every decision', () => {
  const decisions = documents.map(file => /^docs\/decisions\/(\d{4}-.+\.md)$/.exec(file)?.[1]).filter(name => name !== undefined).sort();
  const rows = [...read('docs/decisions/index.md').matchAll(/^\| \[(\d+)\]\((.+?)\) \| .+\. \| .+ \|$/gm)];
  expect(rows.map(([, , name]) => name)).toEqual(decisions);
  expect(rows.map(([, number]) => Number(number))).toEqual(decisions.map(name => parseInt(name, 10)));
});

describe.each(fakes)('the README of %s', fake => {
  const cellsOf = (line: string) => line.split(' | ').map(cell => cell.replace(/^\| | \|$/g, '').trim());
  const rows = read(`test/${fake}/README.md`).split('\n').filter(line => line.startsWith('| ') && !line.startsWith('| Behavior'))
    .map(cellsOf);
  const sources = (readdirSync(join(project, 'test', fake), { recursive: true }) as string[])
    .filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts'));

  test('lists every file of operations, and every operation with the file that has it', () => {
    const listed = rows.map(([first, second]) => [/^`([\w-]+\.ts)`$/.exec(first)?.[1], second] as const)
      .filter(([file]) => file !== undefined);
    const files = sources.filter(file => file.startsWith('operations/') && file !== 'operations/index.ts')
      .map(file => file.replace('operations/', ''));
    expect(listed.map(([file]) => file)).toEqual(expect.arrayContaining(files));
    expect(listed).not.toEqual([]);
    for (const [file, operations] of listed) {
      const source = read(join('test', fake, ...files.length > 0 ? ['operations', file!] : [file!]));
      if (fake === 'local-registry') continue; // it has routes in place of operations
      for (const operation of operations.split(', ')) {
        expect([file, source]).toEqual([file, expect.stringMatching(new RegExp(`\\b${operation}\\b`, 'i'))]);
      }
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

describe('codes of warnings', () => {
  const sources = sourceFiles('src').map(file => read(file));
  const inCode = sources.flatMap(source => [...source.matchAll(/\.add(?:Warning|Info)V2\(\s*(['`])(.*?)\1/g)].map(([, , code]) => code))
    .flatMap(code => code === 'cdk-ecr-keeper:${code}' ? LIFECYCLE_WARNING_CODES.map(each => `cdk-ecr-keeper:${each}`) : [code]);
  const ofConstructsAndPlugin = [...inCode, ...new RepositoryValidator().ruleIds!.filter(code => !inCode.includes(code))].sort();
  const documented = [...read('docs/operations/warnings.md').matchAll(/^\| `([^`]+)` \|/gm)].map(([, code]) => code).sort();

  test('are kebab case, in the name of the library', () => {
    expect(inCode.length).toBeGreaterThan(LIFECYCLE_WARNING_CODES.length);
    expect(ofConstructsAndPlugin.filter(code => !/^cdk-ecr-keeper:[a-z]+(-[a-z]+)*$/.test(code))).toEqual([]);
  });

  test('are in docs/operations/warnings.md, each once, and no others', () => {
    expect(documented).toEqual(ofConstructsAndPlugin);
  });
});

describe.each([['docs/operations/troubleshooting.md', 60], ['docs/guides/adoption.md', 10]])('%s', (page, count) => {
  const inCode = ['lambda', 'cli', 'src/core', 'src/private'].flatMap(sourceFiles)
    .flatMap(file => concatenatedTexts(parseSource(read(file)))).join('\n');
  const tables = read(page).split('\n\n').filter(block => block.startsWith('| Message |'));
  const quotations = tables.flatMap(table => table.trim().split('\n').slice(2)).map(row => /`([^`]+)`/.exec(row)![1]);

  test('quotes messages', () => {
    expect(quotations.length).toBeGreaterThan(count);
  });

  // the code puts a message together from several texts: at values (…), after its subject, between sentences, and once within a part
  test.each(quotations)('quotes the code: %s', quotation => {
    const parts = quotation.split(/…|: |; |\. | — |[',()]/).map(part => part.trim()).filter(part => part !== '');
    const isInCode = (part: string) => inCode.includes(part)
      || [...part.matchAll(/ /g)].some(({ index }) => inCode.includes(part.slice(0, index)) && inCode.includes(part.slice(index + 1)));
    expect(parts.filter(part => !isInCode(part))).toEqual([]);
  });
});

describe('texts in the package', () => {
  /** Folders and pages of the repository that the npm package does not have, written as anything but an address. */
  const pointers = (texts: readonly string[]) => texts.map(text => text.replace(/https?:\/\/\S+/g, ''))
    .filter(text => /\b(docs|test|bench|examples|projenrc)\/[\w-]|(?<!\b(README|API))\.md\b/.test(text));
  const docstrings = (file: string) => [...read(file).matchAll(/\/\*\*.*?\*\//gs)].map(([docstring]) => docstring);
  const messages = (file: string) => stringLiterals(parseSource(read(file)));

  test('has no docstring that names a page or folder that is not in it', () => {
    expect(sourceFiles('src').flatMap(file => pointers(docstrings(file)).map(text => [file, text]))).toEqual([]);
  });

  test('has no message that names a page or folder that is not in it', () => {
    expect(['src', 'lambda', 'cli'].flatMap(sourceFiles).flatMap(file => pointers(messages(file)).map(text => [file, text]))).toEqual([]);
  });

  test.each([
    ['see docs/internals/handlers.md', 1], ['read there (handlers.md)', 1], ['as test/e2e shows', 1], ['README.md and API.md', 0],
    ['https://github.com/opencontainers/image-spec/blob/main/manifest.md', 0], ['a latest/docs page', 0],
  ])('is checked for such names: %s', (text, count) => {
    expect(pointers([text])).toHaveLength(count);
  });
});
