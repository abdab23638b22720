/**
 * Changes the compiled library so that each of its modules is loaded when an app uses it first. Otherwise, an app with one repository loads
 * the modules of all constructs, and of all methods of a repository, at each synthesis. aws-cdk-lib does the same.
 *
 *     tsx projenrc/lazy-loading.ts [folder of the compiled library]
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import ts from 'typescript';

const SOURCES = resolve(__dirname, '..', 'src');
const EXPORT = /^export \* (?:as (\w+) )?from '(.*)';$/;
/** Object of a module whose getters load other modules. */
const LOADER = 'lazily';

export function makeLazy(library: string): void {
  const indexes = new Set(readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter(file => /(^|\/)index\.ts$/.test(file))
    .map(file => file.replace(/\.ts$/, '.js')));
  for (const file of indexes) writeFileSync(join(library, file), index(library, file));
  for (const file of readdirSync(library, { recursive: true, encoding: 'utf8' }).filter(each => each.endsWith('.js'))) {
    if (indexes.has(file)) continue;
    const compiled = join(library, file);
    writeFileSync(compiled, withLazyImports(readFileSync(compiled, 'utf8'), compiled));
  }
}

/** Renders an index with a getter for each name. */
function index(library: string, file: string): string {
  const source = file.replace(/\.js$/, '.ts');
  const lines = readFileSync(join(SOURCES, source), 'utf8').split('\n').filter(line => line !== '' && !line.startsWith('//'));
  const load = createRequire(join(library, file));
  const all = lines.flatMap(line => {
    const [, namespace, module] = EXPORT.exec(line) ?? [];
    if (module === undefined) throw new Error(`src/${source} has a line that is no export of a whole file: ${line}`);
    if (namespace !== undefined) return [{ name: namespace, value: `require('${module}')` }];
    return Object.keys(load(module)).map(name => ({ name, value: `require('${module}').${name}` }));
  });
  return [
    '"use strict";',
    'Object.defineProperty(exports, "__esModule", { value: true });',
    // how Node.js knows the names that an ES module can import: https://nodejs.org/api/esm.html#commonjs-namespaces
    ...all.map(({ name }) => `exports.${name} = void 0;`),
    ...all.map(({ name, value }) =>
      `Object.defineProperty(exports, "${name}", { enumerable: true, configurable: true, get: () => ${value} });`),
    '',
  ].join('\n');
}

/**
 * Replaces each import of a module of the library: `const format_1 = require("./format")` becomes a getter, and `format_1.counted(…)`
 * becomes `lazily.format_1.counted(…)`. A compiled class loads its base class at once, because it reads it.
 *
 * @throws if a module is used in any other way than by reading one of its names
 */
export function withLazyImports(code: string, file: string): string {
  const parsed = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true);
  const imports = parsed.statements.flatMap(statement => {
    const found = importOf(statement);
    return found === undefined ? [] : [{ ...found, statement }];
  });
  if (imports.length === 0) return code;
  const names = new Set(imports.map(({ name }) => name));
  const declared = new Set<ts.Node>(imports.map(({ identifier }) => identifier));
  const uses = identifiersOf(parsed).filter(each => (names.has(each.text) || each.text === LOADER) && !declared.has(each));
  for (const use of uses) {
    if (names.has(use.text) && ts.isPropertyAccessExpression(use.parent) && use.parent.expression === use) continue;
    throw new Error(`${file} uses ${use.text} in a way that cannot be made lazy: ${use.parent.getText(parsed)}`);
  }
  const getters = imports.map(({ name, path }) =>
    `  get ${name}() { const value = require("${path}"); Object.defineProperty(${LOADER}, "${name}", { value }); return value; },`);
  const edits = [
    ...imports.map(({ statement }, at) => ({
      start: statement.getStart(parsed), end: statement.end, text: at === 0 ? [`const ${LOADER} = {`, ...getters, '};'].join('\n') : '',
    })),
    ...uses.map(use => ({ start: use.getStart(parsed), end: use.getStart(parsed), text: `${LOADER}.` })),
  ].sort((one, other) => other.start - one.start);
  return edits.reduce((text, edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end), code);
}

interface Import {
  readonly name: string;
  readonly identifier: ts.Identifier;
  readonly path: string;
}

/** Returns the import of a module of the library in a statement. Other packages load their own modules lazily. */
function importOf(statement: ts.Statement): Import | undefined {
  if (!ts.isVariableStatement(statement) || statement.declarationList.declarations.length !== 1) return undefined;
  const [{ name, initializer }] = statement.declarationList.declarations;
  if (!ts.isIdentifier(name) || !initializer || !ts.isCallExpression(initializer)) return undefined;
  const [path] = initializer.arguments;
  if (initializer.expression.getText() !== 'require' || !ts.isStringLiteral(path) || !path.text.startsWith('.')) return undefined;
  return { name: name.text, identifier: name, path: path.text };
}

function identifiersOf(node: ts.Node): ts.Identifier[] {
  const all = new Array<ts.Identifier>();
  const visit = (each: ts.Node): void => {
    if (ts.isIdentifier(each)) all.push(each);
    ts.forEachChild(each, visit);
  };
  visit(node);
  return all;
}

if (require.main === module) makeLazy(resolve(process.argv[2] ?? 'lib'));
