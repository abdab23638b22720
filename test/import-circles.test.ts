import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const project = join(__dirname, '..');
const files = ['src', 'lambda', 'cli', 'test', 'bench', 'projenrc'].flatMap(folder =>
  (readdirSync(join(project, folder), { recursive: true }) as string[]).filter(file => file.endsWith('.ts'))
    .map(file => join(folder, file)));

/** The files that a file imports. Imports of types count, which `import/no-cycle` of ESLint leaves out, and takes half of its time for. */
function importsOf(file: string): string[] {
  return [...readFileSync(join(project, file), 'utf8').matchAll(/ from '(\.[^']+)'/g)]
    .map(([, target]) => normalize(join(dirname(file), target)))
    .flatMap(target => [`${target}.ts`, join(target, 'index.ts')])
    .filter(target => existsSync(join(project, target)));
}

/** The first circle of imports that a search from any file finds. */
function findCircle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const search = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const target of graph.get(file) ?? []) {
      const circle = search(target, [...path, file]);
      if (circle) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const circle = search(file, []);
    if (circle) return circle;
  }
  return undefined;
}

test('no file imports itself through others, not even its types', () => {
  expect(findCircle(new Map(files.map(file => [file, importsOf(file)])))).toBeUndefined();
});

test('a circle is found with the files that are on it', () => {
  expect(findCircle(new Map([['a', ['b']], ['b', ['c']], ['c', ['d', 'b']], ['d', []]]))).toEqual(['b', 'c', 'b']);
});
