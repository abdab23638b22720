/**
 * Type-checks the TypeScript of the pages below docs/, which jsii-rosetta does not read. A block is put into the same fixture as a snippet
 * of the README, and the fences have the same words: `ts`, `ts nofixture` for a complete program, `ts fixture=<name>` for another fixture.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Snippet, snippetsOf } from './snippets';
import { ownTemporaryFolder } from '../temporary-folder';

const project = resolve(__dirname, '../..');
ownTemporaryFolder('snippets');
const folder = realpathSync(tmpdir());

/** Line of a program, with its line in the page. Lines of the fixture have none. */
interface Line {
  readonly text: string;
  readonly pageLine?: number;
}

interface Program {
  readonly snippet: Snippet;
  readonly lines: readonly Line[];
}

function programOf(snippet: Snippet): Program {
  const lines = snippet.lines.map((text, index): Line => ({ text, pageLine: snippet.line + index }));
  if (snippet.words.includes('nofixture')) return { snippet, lines: [...lines, { text: 'export {};' }] };
  const name = snippet.words.flatMap(word => /^fixture=(.+)$/.exec(word)?.[1] ?? [])[0] ?? 'default';
  const fixture = readFileSync(join(project, 'rosetta', `${name}.ts-fixture`), 'utf8').split('\n');
  const place = fixture.findIndex(line => line.trim() === '/// here');
  const isOutside = outsideLines(snippet.lines);
  const ofFixture = (part: readonly string[]) => part.map((text): Line => ({ text }));
  return {
    snippet,
    lines: [
      ...lines.filter((_, index) => isOutside[index]),
      ...ofFixture(fixture.slice(0, place)),
      ...lines.filter((_, index) => !isOutside[index]),
      ...ofFixture(fixture.slice(place + 1)),
    ],
  };
}

/** Returns for each line whether it belongs to an import or a `declare`, which TypeScript does not allow inside a function. */
function outsideLines(lines: readonly string[]): boolean[] {
  let isInside = false;
  return lines.map(line => {
    const isOutside = isInside || /^(import|declare)\b/.test(line);
    isInside = isOutside && !/;\s*(\/\/.*)?$/.test(line);
    return isOutside;
  });
}

function check(programs: readonly Program[]): string[] {
  const base = JSON.parse(readFileSync(join(project, 'tsconfig.json'), 'utf8')).compilerOptions;
  programs.forEach(({ lines }, index) => writeFileSync(join(folder, `snippet-${index}.ts`), lines.map(({ text }) => text).join('\n')));
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({
    compilerOptions: {
      ...base,
      rootDir: '/',
      noEmit: true,
      outDir: undefined,
      declaration: false,
      inlineSourceMap: false,
      inlineSources: false,
      stripInternal: true,
      // a fixture imports more than a snippet uses
      noUnusedLocals: false,
      noUnusedParameters: false,
      types: ['node'],
      typeRoots: [join(project, 'node_modules/@types')],
      module: 'commonjs',
      moduleResolution: 'bundler',
      paths: { 'cdk-ecr-keeper': [join(project, 'src/index.ts')], '*': [join(project, 'node_modules/*')] },
    },
    include: ['*.ts'],
  }));
  try {
    execFileSync(process.execPath, [
      join(project, 'node_modules/typescript7/bin/tsc'), '--noEmit', '--pretty', 'false', '-p', folder,
    ], { encoding: 'utf8', cwd: folder, stdio: 'pipe' });
    return [];
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return `${stdout}${stderr}`.trim().split('\n').map(message => onPage(message, programs));
  }
}

/** Returns an error with the line of the page instead of the line of the program. */
function onPage(message: string, programs: readonly Program[]): string {
  const [, index, line, text] = /snippet-(\d+)\.ts\((\d+),\d+\): (.*)$/.exec(message) ?? [];
  if (index === undefined) return message;
  const { snippet, lines } = programs[Number(index)];
  return `${snippet.page}:${lines[Number(line) - 1].pageLine ?? snippet.line}: ${text}`;
}

const pages = readdirSync(join(project, 'docs'), { recursive: true }).map(String).filter(file => file.endsWith('.md'))
  .filter(file => !/^(\.vitepress|reference\/api)\//.test(file)) // files of the site and generated pages
  .map(file => join('docs', file)).sort();
const programs = pages.flatMap(snippetsOf).map(programOf);
const errors = check(programs);
for (const error of errors) console.error(error);
console.log(`snippets of docs: ${programs.length} of ${new Set(programs.map(({ snippet }) => snippet.page)).size} pages,`
  + ` ${errors.length === 0 ? 'all compile' : `${errors.length} errors`}`);
process.exitCode = errors.length === 0 && programs.length > 0 ? 0 : 1;
