import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Assembly, Type } from '../docs/.vitepress/assembly';
import { githubSlug, replaceLinks } from '../docs/.vitepress/links';
import { checkOutput } from '../docs/.vitepress/output';
import { DOCS, REPOSITORY, SITE } from '../docs/.vitepress/places';
import { ReferencePage, text } from '../docs/.vitepress/reference-page';
import { sidebar, SidebarItem } from '../docs/.vitepress/sidebar';

const TYPES: SidebarItem = { text: 'Every public type', link: '/reference/api/', items: [] };
const linksOf = (items: readonly SidebarItem[]): string[] =>
  items.flatMap(({ link, items: children = [] }) => [...link === undefined ? [] : [link], ...linksOf(children)]);

describe('the sidebar of the site', () => {
  test('has every page of docs except the start page, once, and no other page', () => {
    const pages = readdirSync(DOCS, { recursive: true }).map(String)
      .filter(file => file.endsWith('.md') && !file.startsWith('reference/api/') && file !== 'index.md')
      .map(file => `/${file.replace(/(index)?\.md$/, '')}`);
    expect(linksOf(sidebar(TYPES)).sort()).toEqual([...pages, '/reference/api/'].sort());
  });

  test.each([
    ['stray.md', 'docs/stray.md is not in the sidebar'],
    ['guides/stray.md', 'docs/guides/stray.md is not in the sidebar'],
    ['unknown/stray.md', 'docs/unknown has no group in the sidebar'],
  ])('fails the build if docs/%s is not in it', (stray, problem) => {
    const docs = mkdtempSync(join(tmpdir(), 'site-'));
    try {
      cpSync(DOCS, docs, { recursive: true });
      mkdirSync(dirname(join(docs, stray)), { recursive: true });
      writeFileSync(join(docs, stray), '# Stray\n');
      expect(() => sidebar(TYPES, docs)).toThrow(problem);
    } finally {
      rmSync(docs, { recursive: true });
    }
  });
});

describe('links of the site', () => {
  const rewritten = (href: string) => {
    let current = href;
    const link = { type: 'link_open', children: null, attrGet: () => current, attrSet: (_: string, value: string) => { current = value; } };
    replaceLinks([{ ...link, type: 'inline', children: [link] }], join(DOCS, 'guides', 'images.md'));
    return current;
  };

  test.each([
    ['../../README.md', `${REPOSITORY}/blob/main/README.md`],
    ['../../CONTRIBUTING.md#rules', `${REPOSITORY}/blob/main/CONTRIBUTING.md#rules`],
    ['../../examples', `${REPOSITORY}/tree/main/examples`],
    ['../../API.md', '/reference/api/'],
    ['../../API.md#cdk-ecr-keeper.Teardown', '/reference/api/Teardown'],
    ['access.md#who', 'access.md#who'],
    ['../images/lifecycle-report.png', '../images/lifecycle-report.png'],
    ['https://aws.amazon.com/ecr', 'https://aws.amazon.com/ecr'],
    ['#here', '#here'],
  ])('turn %s into %s', (href, address) => {
    expect(rewritten(href)).toBe(address);
  });

  test('fail the build if the file outside docs does not exist', () => {
    expect(() => rewritten('../../gone.md')).toThrow('docs/guides/images.md: the link ../../gone.md leads to no file');
  });

  test.each([
    ['What `adopt` refuses', 'what-adopt-refuses'], ['ECR Public, from any Region', 'ecr-public-from-any-region'], ['A -- b_c', 'a----b_c'],
  ])('have the anchor that GitHub gives the heading %p', (heading, anchor) => {
    expect(githubSlug(heading)).toBe(anchor);
  });
});

describe('the built site', () => {
  const base = new URL(SITE).pathname;

  function problemsOf(link: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'site-'));
    try {
      mkdirSync(join(folder, 'guides'));
      writeFileSync(join(folder, 'index.html'), `<a href="${link}">`);
      writeFileSync(join(folder, 'guides', 'images.html'), '<h2 id="copy">Copy</h2>');
      checkOutput(folder, base);
      return '';
    } catch (error) {
      return (error as Error).message;
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  test.each([
    [`${base}guides/images#copy`, ''],
    ['https://example.com/gone', ''],
    [base, ''],
    [`${base}guides/images#gone`, 'leads to no heading'],
    [`${base}guides/gone`, 'leads to no page'],
    ['/guides/images', 'leads to no page'],
  ])('with a link to %s has the problem %p', (link, problem) => {
    expect(problemsOf(link)).toContain(problem);
    expect(problemsOf(link) === '').toBe(problem === '');
  });
});

describe('the page of a public type', () => {
  const docs = { summary: 'Guards of a deletion.' };
  const location = { locationInModule: { filename: 'src/guards.ts', line: 7 } };
  const limit = {
    name: 'maxImages', optional: true, type: { primitive: 'number' }, docs: { summary: 'Number of <any> images.', default: '- no limit' },
  };
  const guards: Type = { fqn: 'lib.Guards', name: 'Guards', kind: 'interface', datatype: true, docs, ...location, properties: [limit] };
  const options: Type = {
    ...guards,
    fqn: 'lib.Options',
    name: 'Options',
    interfaces: ['lib.Guards', 'aws-cdk-lib.aws_ecr.RepositoryProps'],
    properties: [{ name: 'tags', type: { collection: { kind: 'array', elementtype: { primitive: 'string' } } }, docs }],
  };
  const assembly: Assembly = { name: 'lib', types: { 'lib.Guards': guards, 'lib.Options': options } };
  const render = (type: Type) => {
    const page = new ReferencePage(assembly, type);
    return [page.markdown(), page.problems] as const;
  };

  test('has its own properties and those of the structs that it extends, with defaults', () => {
    const [page, problems] = render(options);
    expect(problems).toEqual([]);
    expect(page).toContain('### tags\n\n<code class="signature">tags: string[]</code>');
    expect(page).toContain('### maxImages\n\n<code class="signature">maxImages?: number</code>\n\n'
      + 'Number of &lt;any> images.\n\nDefault: no limit');
    expect(page).toContain(`Inherited from <code><a href="${new URL(SITE).pathname}reference/api/Guards">Guards</a></code>.`);
  });

  test('links the types of aws-cdk-lib to the reference of AWS and does not repeat their members', () => {
    expect(render(options)[0]).toContain('## Inherited\n\nIt also has all properties of <code>'
      + '<a href="https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_ecr.RepositoryProps.html"');
  });

  test.each([
    [{ ...options, docs: {} }, 'Options has no docstring'],
    [{ ...options, properties: [{ ...limit, docs: undefined }] }, 'Options.maxImages has no docstring'],
    [{ ...options, docs: { summary: 'See {@link Guards}.' } }, 'Options has a tag in its docstring that other languages show as it is'],
  ])('has a problem if a docstring is missing or has a link tag', (type, problem) => {
    expect(render(type)[1]).toEqual([problem]);
  });

  test('escapes docstrings that Vue would interpret as templates', () => {
    expect(text('A <b> {{ c }} `<d> {{ e }}`')).toBe('A &lt;b> &#123;&#123; c }} `<d> {{ e }}`');
  });
});

