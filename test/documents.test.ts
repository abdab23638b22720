import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const project = resolve(__dirname, '..');
const documents = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'test/e2e/emulator.md',
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
