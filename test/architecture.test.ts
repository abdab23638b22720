import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ESLint, loadESLint } from 'eslint';
import { SUBMODULES } from '../projenrc/lint';
import * as library from '../src';
import * as descriptors from '../src/private/handler/descriptors';

const project = join(__dirname, '..');
const handlers = readdirSync(join(project, 'lambda'), { withFileTypes: true })
  .filter(entry => entry.isDirectory() && entry.name !== 'shared').map(entry => entry.name);

const submodules = SUBMODULES.filter(name => existsSync(join(project, 'src', name)));

describe.each(['', ...submodules])('the public nouns of src/%s', submodule => {
  const folder = join('src', submodule);
  const files = readdirSync(join(project, folder)).filter(file => file.endsWith('.ts') && file !== 'index.ts');
  const textOf = (file: string) => readFileSync(join(project, folder, file), 'utf8');

  test.each(files)('%s declares the noun that it is named after', file => {
    const noun = file.replace('.ts', '').split('-').map(word => word[0].toUpperCase() + word.slice(1)).join('');
    expect(nounsIn(textOf(file))).toContain(noun);
  });

  test('are exported by index.ts, which is export lines and comments', () => {
    const lines = textOf('index.ts').split('\n').filter(line => line !== '' && !line.startsWith('// '));
    const ofSubmodules = submodule === '' ? submodules.map(name => `export * as ${name} from './${name}';`) : [];
    expect(lines.sort()).toEqual([...files.map(file => `export * from './${file.replace('.ts', '')}';`), ...ofSubmodules].sort());
  });

  test('are all that it exports: classes, enums and interfaces', () => {
    const exported = files.flatMap(file => textOf(file).split('\n').filter(line => line.startsWith('export ')));
    expect(exported.filter(line => nounsIn(line).length !== 1)).toEqual([]);
    const values = files.flatMap(file => nounsIn(textOf(file).replace(/^export interface /gm, '')));
    const exports = submodule === '' ? library : library[submodule as keyof typeof library];
    expect(Object.keys(exports).filter(name => !submodules.includes(name)).sort()).toEqual(values.sort());
  });

  function nounsIn(text: string): string[] {
    return [...text.matchAll(/^export (?:abstract )?(?:class|enum|interface) (\w+)/gm)].map(([, noun]) => noun);
  }
});

describe.each(handlers)('handler %s', handler => {
  const servesCustomResource = Object.values(descriptors).some(descriptor => descriptor.handler === handler);

  test('has its bundle, its tests, and the wire of a custom resource where their names say', () => {
    const ofCustomResource = [`test/lambda/${handler}`, `src/core/wire/${handler}.ts`, `test/core/wire/${handler}.test.ts`];
    // the functions of a shield are tested together
    for (const path of [`assets/lambda/${handler}/index.js`, ...servesCustomResource ? ofCustomResource : ['test/lambda/image-shield']]) {
      expect([path, existsSync(join(project, path))]).toEqual([path, true]);
    }
  });

  test('composes in at most 40 lines', () => {
    expect(readFileSync(join(project, 'lambda', handler, 'handler.ts'), 'utf8').split('\n').length).toBeLessThanOrEqual(41);
  });

  test('its bundle exports a handler, holds no CDK code, and loads without the SDK of the runtime', () => {
    const bundle = join(project, 'assets', 'lambda', handler, 'index.js');
    expect(readFileSync(bundle, 'utf8')).not.toMatch(/aws-cdk-lib|constructs\/lib/);
    const loaded = spawnSync(process.execPath, ['-e', `
      const Module = require('node:module');
      const resolve = Module._resolveFilename;
      Module._resolveFilename = (id, ...rest) => {
        if (!Module.isBuiltin(id) && !id.endsWith('index.js')) throw new Error('not bundled: ' + id);
        return resolve(id, ...rest);
      };
      console.log(typeof require(process.argv[1]).handler);
    `, bundle], { encoding: 'utf8', env: { ...process.env, AWS_REGION: 'us-east-1' } });
    expect(loaded.stdout.trim()).toBe('function');
  });
});

/** Of the pages that ECR's API had from the beginning: boto3's client reference of 2017. */
const FOUNDING = [
  'BatchCheckLayerAvailability', 'BatchDeleteImage', 'BatchGetImage', 'CompleteLayerUpload', 'CreateRepository', 'DeleteLifecyclePolicy',
  'DeleteRepository',
  'DeleteRepositoryPolicy', 'DescribeImages', 'DescribeRepositories', 'GetAuthorizationToken', 'GetDownloadUrlForLayer',
  'GetLifecyclePolicy',
  'GetLifecyclePolicyPreview', 'GetRepositoryPolicy', 'InitiateLayerUpload', 'ListImages', 'PutImage', 'PutLifecyclePolicy',
  'SetRepositoryPolicy',
  'StartLifecyclePolicyPreview', 'UploadLayerPart',
];

describe('the table of operations', () => {
  const page = readFileSync(join(project, 'docs', 'internals', 'ecr-operations.md'), 'utf8');
  const rows = page.split('\n').filter(line => line.startsWith('| `')).map(line => line.split(' | '));
  const ticked = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text);
  const used = rows.flatMap(cells => ticked(cells[0]).map(operation => [operation, ticked(cells[cells.length - 1])] as const));

  test('has every operation that ECR had from the beginning', () => {
    expect(used.map(([operation]) => operation)).toEqual(expect.arrayContaining(FOUNDING));
  });

  test.each(used)('%s is called in the documented files', (operation, files) => {
    const sources = files.map(file => readFileSync(join(project, file), 'utf8'));
    expect(sources.filter(source => new RegExp(`\\b${operation}Command\\b`).test(source))).not.toEqual([]);
  });
});

test('no grab-bags', () => {
  const files = ['src', 'lambda', 'cli', 'test', 'bench', 'projenrc', 'examples']
    .flatMap(folder => readdirSync(join(project, folder), { recursive: true }) as string[]);
  expect(files.filter(file => /(^|\/)(utils?|common|helpers?|types|misc)(\/|\.ts$)/.test(file))).toEqual([]);
});

/** A module with the words of many tests, and the folder of the tests that take them from there. */
describe.each([
  ['test/lambda/handler-scene.ts', 'test/lambda'], ['test/construct-scene.ts', 'test'],
])('the words of %s', (module, folder) => {
  const words = [...readFileSync(join(project, module), 'utf8').matchAll(/^export (?:let|(?:async )?function) (\w+)/gm)]
    .map(([, word]) => word);
  const files = (readdirSync(join(project, folder), { recursive: folder !== 'test' }) as string[])
    .filter(file => file.endsWith('.test.ts'));

  test.each(files)('%s defines none of them anew', file => {
    const text = readFileSync(join(project, folder, file), 'utf8');
    const definitions = [
      ...text.matchAll(/^(?:let|const|(?:async )?function) (\w+)/gm),
      ...text.matchAll(/^ +(?:async )?function (\w+)/gm),
      ...text.matchAll(/^ +const (\w+) = (?:async )?\([^)]*\)(?:: [^=]+)? =>/gm),
    ].map(([, word]) => word);
    expect(definitions.filter(word => words.includes(word))).toEqual([]);
  });
});

describe.each(['src/private', 'lambda/shared', 'cli'])('the folders of %s', root => {
  const folders = ['', ...(readdirSync(join(project, root), { withFileTypes: true, recursive: true }))
    .filter(entry => entry.isDirectory()).map(entry => relative(join(project, root), join(entry.parentPath, entry.name)))];

  test.each(folders)('/%s holds at most 20 files, and at least 3 if it is not the top', folder => {
    const files = readdirSync(join(project, root, folder), { withFileTypes: true }).filter(entry => entry.isFile());
    expect(files.length).toBeLessThanOrEqual(20);
    if (folder !== '') expect(files.length).toBeGreaterThanOrEqual(3);
  });
});

/** A file that does not exist, what it would import, and the message of the rule against it. */
const PLANTED: ReadonlyArray<readonly [string, string, string]> = [
  ['src/planted.ts', '../lambda/teardown/handler', 'src never imports lambda'],
  ['src/planted.ts', '../cli/main', 'src never imports cli'],
  ['src/planted.ts', './fleet', 'the root never imports a submodule'],
  ['src/planted.ts', './registry/registry-scanning', 'the root never imports a submodule'],
  ['src/private/planted.ts', '../fleet/image-shield', 'the root never imports a submodule'],
  ['src/core/planted.ts', '../registry', 'the root never imports a submodule'],
  ['src/fleet/planted.ts', '@aws-sdk/client-ecr', 'the SDK belongs to'],
  ['src/index.ts', '@aws-sdk/client-ecr', 'the SDK belongs to'],
  ['src/private/planted.ts', '../repository', 'src/private imports only itself and src/core'],
  ['src/core/planted.ts', '../private/problems', 'src/core imports only itself'],
  ['src/core/planted.ts', '../teardown', 'src/core imports only itself'],
  ['src/core/planted.ts', 'aws-cdk-lib', 'only src outside src/core knows the CDK'],
  ['src/core/planted.ts', 'constructs', 'only src outside src/core knows the CDK'],
  ['src/core/planted.ts', '@aws-sdk/client-ecr', 'the SDK belongs to'],
  ['src/core/planted.ts', 'node:crypto', 'src/core is pure'],
  ['src/core/planted.ts', 'fs', 'src/core is pure'],
  ['src/planted.ts', '@aws-sdk/client-ecr', 'the SDK belongs to'],
  ['src/private/planted.ts', '@aws-sdk/client-ecr', 'the SDK belongs to'],
  ['lambda/teardown/planted.ts', '../../src/repository', 'lambda imports only src/core of src'],
  ['lambda/teardown/planted.ts', '../../src/private/problems', 'lambda imports only src/core of src'],
  ['lambda/teardown/planted.ts', 'aws-cdk-lib', 'only src outside src/core knows the CDK'],
  ['lambda/teardown/planted.ts', '../../cli/main', 'lambda never imports cli'],
  ['lambda/shared/planted.ts', '../teardown/claim', 'lambda/shared never imports a handler'],
  ...handlers.map((handler, index): [string, string, string] =>
    [`lambda/${handler}/planted.ts`, `../${handlers[(index + 1) % handlers.length]}/handler`, 'handlers never import each other']),
  ['cli/planted.ts', '../src/repository', 'cli imports only src/core of src'],
  ['cli/planted.ts', '../lambda/teardown/handler', 'cli imports only lambda/shared of lambda'],
  ['cli/planted.ts', 'aws-cdk-lib', 'only src outside src/core knows the CDK'],
];

describe('import direction', () => {
  let eslint: ESLint;
  beforeAll(async () => {
    const LegacyESLint = await loadESLint({ useFlatConfig: false }) as unknown as new (options: object) => ESLint;
    // the planted files do not exist, so that no type information can be had of them; none of the rules here needs it
    eslint = new LegacyESLint({
      cwd: project,
      overrideConfig: {
        parserOptions: { projectService: false, project: null },
        rules: { '@typescript-eslint/no-floating-promises': 'off', '@typescript-eslint/return-await': 'off' },
      },
    });
  });

  test.each(PLANTED)('%s may not import %s', async (file, target, message) => {
    expect(await complaints(file, target)).toContain(message);
  });

  test.each([
    ['src/planted.ts', './private/problems'],
    ['src/index.ts', './fleet'],
    ['src/fleet/planted.ts', '../repository'],
    ['src/private/planted.ts', '../core/mark'],
    ['lambda/teardown/planted.ts', '../../src/core/mark'],
    ['lambda/teardown/planted.ts', '../shared/protocol/job'],
    ['cli/planted.ts', '../src/core/mark'],
    ['cli/planted.ts', '../lambda/shared/aws/clients'],
    ['lambda/teardown/planted.ts', '@aws-sdk/client-ecr'],
  ])('%s may import %s', async (file, target) => {
    expect(await complaints(file, target)).toBe('');
  });

  test('every zone and every forbidden group has a planted violation above', () => {
    const rules = JSON.parse(readFileSync(join(project, '.eslintrc.json'), 'utf8').replace(/^\/\/.*$/gm, '')) as {
      rules: { 'import/no-restricted-paths': [string, { zones: Array<{ message: string }> }] };
      overrides: Array<{ rules: { '@typescript-eslint/no-restricted-imports'?: [string, { patterns: Array<{ message: string }> }] } }>;
    };
    const messages = [
      ...rules.rules['import/no-restricted-paths'][1].zones,
      ...rules.overrides.flatMap(({ rules: each }) => each['@typescript-eslint/no-restricted-imports']?.[1].patterns ?? []),
    ].map(({ message }) => message);
    expect(messages.filter(message => !PLANTED.some(([, , part]) => message.startsWith(part)))).toEqual([]);
  });

  test('a folder of src is core, private, or a submodule that the root cannot import', () => {
    const folders = readdirSync(join(project, 'src'), { withFileTypes: true }).filter(entry => entry.isDirectory()).map(({ name }) => name);
    expect(folders.filter(name => !['core', 'private', ...SUBMODULES].includes(name))).toEqual([]);
  });

  async function complaints(file: string, target: string): Promise<string> {
    const [{ messages }] = await eslint.lintText(`export * from '${target}';\n`, { filePath: join(project, file) });
    return messages.filter(({ ruleId }) => /restricted|nodejs-modules/.test(ruleId ?? '')).map(({ message }) => message)
      .join('\n');
  }
});
