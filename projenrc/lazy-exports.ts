/**
 * Replaces what jsii compiled from each index, so that a type is loaded when an app uses it first. Otherwise, an app with one repository
 * loads the modules of all constructs at each synthesis. aws-cdk-lib does the same.
 *
 *     tsx projenrc/lazy-exports.ts [folder of the compiled library]
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';

const SOURCES = resolve(__dirname, '..', 'src');
const EXPORT = /^export \* (?:as (\w+) )?from '(.*)';$/;

/** Writes the indexes of a compiled library. */
export function makeLazy(library: string): void {
  for (const source of readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })) {
    if (basename(source) !== 'index.ts') continue;
    const lines = readFileSync(join(SOURCES, source), 'utf8').split('\n').filter(line => line !== '' && !line.startsWith('//'));
    const compiled = join(library, source.replace(/\.ts$/, '.js'));
    const load = createRequire(compiled);
    const all = lines.flatMap(line => {
      const [, namespace, file] = EXPORT.exec(line) ?? [];
      if (file === undefined) throw new Error(`src/${source} has a line that is no export of a whole file: ${line}`);
      if (namespace !== undefined) return [{ name: namespace, value: `require('${file}')` }];
      return Object.keys(load(file)).map(name => ({ name, value: `require('${file}').${name}` }));
    });
    writeFileSync(compiled, render(all));
  }
}

/** The assignments are how Node.js knows the names that an ES module can import: https://nodejs.org/api/esm.html#commonjs-namespaces */
function render(all: ReadonlyArray<{ readonly name: string; readonly value: string }>): string {
  return [
    '"use strict";',
    'Object.defineProperty(exports, "__esModule", { value: true });',
    ...all.map(({ name }) => `exports.${name} = void 0;`),
    ...all.map(({ name, value }) =>
      `Object.defineProperty(exports, "${name}", { enumerable: true, configurable: true, get: () => ${value} });`),
    '',
  ].join('\n');
}

if (require.main === module) makeLazy(resolve(process.argv[2] ?? 'lib'));
