import { readdirSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { awscdk, javascript } from 'projen';

/** The import rules (docs/internals/architecture.md). test/architecture.test.ts plants a violation of each rule. */
export function addImportDirection(project: awscdk.AwsCdkConstructLibrary): void {
  const handlers = readdirSync('lambda', { withFileTypes: true })
    .filter(entry => entry.isDirectory() && entry.name !== 'shared')
    .map(entry => entry.name);

  project.eslint?.addRules({
    'import/no-restricted-paths': ['error', {
      zones: [
        { target: './src', from: './lambda', message: 'src never imports lambda: jsii compiles src alone' },
        { target: './src', from: './cli', message: 'src never imports cli' },
        {
          target: './src/private', from: './src', except: ['./private', './core'], message: 'src/private imports only itself and src/core',
        },
        { target: './src/core', from: './src', except: ['./core'], message: 'src/core imports only itself' },
        { target: './lambda', from: './src', except: ['./core'], message: 'lambda imports only src/core of src' },
        { target: './lambda', from: './cli', message: 'lambda never imports cli' },
        { target: './lambda/shared', from: './lambda', except: ['./shared'], message: 'lambda/shared never imports a handler' },
        ...handlers.map(handler => ({
          target: `./lambda/${handler}`,
          from: './lambda',
          except: ['./shared', `./${handler}`],
          message: 'handlers never import each other',
        })),
        { target: './cli', from: './src', except: ['./core'], message: 'cli imports only src/core of src' },
        { target: './cli', from: './lambda', except: ['./shared'], message: 'cli imports only lambda/shared of lambda' },
      ],
    }],
  });
  forbid(project, 'src/**/*.ts', [SDK, SUBMODULE]);
  forbid(project, 'src/core/**/*.ts', [SDK, SUBMODULE, CDK, NODE]);
  for (const file of ['src/index.ts', ...SUBMODULES.map(name => `src/${name}/**/*.ts`)]) forbid(project, file, [SDK]);
  forbid(project, 'lambda/**/*.ts', [CDK]);
  forbid(project, 'cli/**/*.ts', [CDK]);

  project.eslint?.addOverride({
    files: ['lambda/**/*.ts', 'cli/**/*.ts'],
    rules: { 'import/no-extraneous-dependencies': 'off' }, // what they need is bundled
  });
  project.eslint?.addOverride({
    files: ['examples/**/*.ts'],
    rules: { 'import/no-unresolved': 'off' }, // they import this package by its name
  });
}

/**
 * Gives ESLint the types of all files in one program. With a program for each folder, it takes twice as long. The options only have to
 * resolve every import: the folders have their own.
 */
export function addLintProgram(project: awscdk.AwsCdkConstructLibrary): void {
  const { fileName } = new javascript.TypescriptConfig(project, {
    fileName: 'projenrc/tsconfig.lint.json',
    extends: javascript.TypescriptConfigExtends.fromPaths(['../tsconfig.json']),
    include: [
      ...['src', 'lambda', 'cli', 'test', 'bench', 'examples', 'projenrc', 'docs/.vitepress'].map(folder => `../${folder}/**/*.ts`),
      '../docs/.vitepress/**/*.mts', '../.projenrc.ts',
    ],
    compilerOptions: {
      noEmit: true,
      rootDir: '..',
      lib: ['es2023', 'dom', 'dom.iterable'],
      module: 'esnext',
      moduleResolution: javascript.TypeScriptModuleResolution.BUNDLER,
      paths: { 'cdk-ecr-keeper': ['../src/index.ts'] },
    },
  });
  const configuration = project.tryFindObjectFile('.eslintrc.json');
  configuration?.addDeletionOverride('parserOptions.projectService');
  configuration?.addOverride('parserOptions.project', [fileName]);
}

/**
 * Applies to strings, templates, and comments too. Only a line with a URL or a regular expression may be longer, because it cannot be
 * split.
 */
export function addLineLength(project: awscdk.AwsCdkConstructLibrary): void {
  project.eslint?.addRules({
    '@stylistic/max-len': ['error', { code: 140, comments: 140, ignoreUrls: true, ignoreRegExpLiterals: true }],
  });
}

/** The jsii submodules of decision 17, including submodules without a public type. */
export const SUBMODULES = ['fleet', 'registry'];

/** jsii and jsii-pacmak accept such an import, but the Go compiler reports an import cycle. */
const SUBMODULE = { group: SUBMODULES.flatMap(name => [`**/${name}`, `**/${name}/**`]), message: 'the root never imports a submodule' };
const SDK = { group: ['@aws-sdk/*', '@smithy/*'], message: 'the SDK belongs to lambda, cli, bench and test' };
const CDK = { group: ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs'], message: 'only src outside src/core knows the CDK' };
const NODE = { group: ['node:*', ...builtinModules.filter(name => !name.startsWith('_'))], message: 'src/core is pure' };

/** A later override replaces an earlier one for the same file, so each lists all forbidden imports. */
function forbid(project: awscdk.AwsCdkConstructLibrary, files: string, patterns: Array<{ group: string[]; message: string }>): void {
  project.eslint?.addOverride({ files: [files], rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] } });
}
