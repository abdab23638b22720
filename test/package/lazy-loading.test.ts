import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLazyImports } from '../../projenrc/lazy-loading';

const SHAPES = `
class Shape { constructor(sides) { this.sides = sides; } }
exports.Shape = Shape;
exports.area = width => width * width;
`;

/** Writes a module as TypeScript compiles it, and returns it with the modules that it has loaded. */
function loaded(code: string): { readonly exports: any; readonly files: () => string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'lazy-'));
  mkdirSync(join(folder, 'core'));
  writeFileSync(join(folder, 'core', 'shapes.js'), SHAPES);
  const file = join(folder, 'module.js');
  writeFileSync(file, withLazyImports(`"use strict";\n${code}`, file));
  // Node.js loads the module: the modules of jest are not lazy
  const load = createRequire(file);
  return {
    exports: load('./module'),
    files: () => Object.keys(load.cache).filter(each => each.startsWith(folder)).map(each => each.slice(folder.length + 1)).sort(),
  };
}

const IMPORT = 'const shapes_1 = require("./core/shapes");\n';
const BEFORE = ['module.js'];
const AFTER = ['core/shapes.js', 'module.js'];

test.each([
  ['a function is called', 'exports.use = () => (0, shapes_1.area)(3);', 9],
  ['a class is constructed', 'exports.use = () => new shapes_1.Shape(4).sides;', 4],
  ['a default and a nested function read a name', 'exports.use = (area = shapes_1.area) => [2].map(width => `${area(width)}`)[0];', '4'],
])('a module is loaded when %s', (_name, code, result) => {
  const { exports, files } = loaded(IMPORT + code);
  expect(files()).toEqual(BEFORE);
  expect([exports.use(), exports.use()]).toEqual([result, result]);
  expect(files()).toEqual(AFTER);
});

test('a base class is loaded with the class that extends it', () => {
  const { exports, files } = loaded(`${IMPORT}exports.Square = class extends shapes_1.Shape { constructor() { super(4); } };`);
  expect(files()).toEqual(AFTER);
  expect(new exports.Square().sides).toBe(4);
});

test('a module of another package is loaded at once, because it loads its own modules lazily', () => {
  expect(withLazyImports('const core_1 = require("aws-cdk-lib");\nexports.A = () => core_1.App;', 'a.js')).toMatch(/^const core_1 = require/);
});

test('a text that is equal to the name of an import is not changed', () => {
  const { exports } = loaded(`${IMPORT}exports.use = () => ['shapes_1.area', (0, shapes_1.area)(1)]; // shapes_1.area`);
  expect(exports.use()).toEqual(['shapes_1.area', 1]);
});

test.each([
  ['as a value', 'exports.use = shapes_1;'],
  ['as the value of a variable', 'const all = shapes_1;'],
  ['as a property with the same name', 'exports.use = { shapes_1 };'],
  ['by a computed name', 'exports.use = name => shapes_1[name];'],
])('a module that is used %s is refused', (_name, code) => {
  expect(() => withLazyImports(IMPORT + code, 'module.js')).toThrow('module.js uses shapes_1 in a way that cannot be made lazy');
});

test('a module that already uses the name of the getters is refused', () => {
  expect(() => withLazyImports(`${IMPORT}const lazily = 1;`, 'module.js')).toThrow('module.js uses lazily in a way');
});
