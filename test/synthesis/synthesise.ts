import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { NagReport } from './nag';

const PROJECT = resolve(__dirname, '..', '..');

/** The context that the CDK CLI passes to every app by default: contextFromSettings in aws-cdk 2.1148.1. */
const CLI_CONTEXT = {
  'aws:cdk:enable-path-metadata': true,
  'aws:cdk:enable-asset-metadata': true,
  'aws:cdk:version-reporting': true,
  'aws:cdk:bundling-stacks': ['**'],
};

export interface CdkApp {
  readonly name: string;
  readonly file: string;
}

export const DEFAULT_REPOSITORY: CdkApp = { name: 'default repository', file: join(__dirname, 'default-repository.ts') };

/** Returns every `examples/<scenario>/app.ts`, so that a new example is tested automatically. */
export function examples(): CdkApp[] {
  return readdirSync(join(PROJECT, 'examples')).sort()
    .map(name => ({ name, file: join(PROJECT, 'examples', name, 'app.ts') }))
    .filter(({ file }) => existsSync(file));
}

export interface SynthesisOptions {
  /** Names of the files in this folder to preload. */
  readonly preload?: ReadonlyArray<'nag' | 'newest-cdk' | 'a-day' | 'another-day'>;
  /** @default - the project */
  readonly cwd?: string;
}

/** The cloud assembly of an app, synthesized as by the CDK CLI. */
export class Assembly {
  /** Synthesizes all apps in one process, each into a separate directory. */
  static async ofEach(
    apps: readonly CdkApp[], directoryOf: (app: CdkApp) => string, { preload = [], cwd = PROJECT }: SynthesisOptions = {},
  ): Promise<Assembly[]> {
    const placed = apps.map(({ file, ...app }) => ({ ...app, file, directory: directoryOf({ ...app, file }) }));
    for (const { directory } of placed) mkdirSync(directory, { recursive: true });
    const modules = [require.resolve('tsx/cjs'), ...preload.map(name => join(__dirname, `${name}.ts`))];
    await promisify(execFile)(process.execPath, [...modules.flatMap(module => ['--require', module]), join(__dirname, 'each-app.ts')], {
      cwd,
      env: {
        PATH: process.env.PATH,
        TSX_TSCONFIG_PATH: join(PROJECT, 'examples', 'tsconfig.json'), // resolves the package's own name to src
        APPS: JSON.stringify(placed),
        CDK_CONTEXT_JSON: JSON.stringify(CLI_CONTEXT),
        JSII_DEPRECATED: 'fail', // the library must not print deprecation warnings to the console of a user
      },
    });
    return placed.map(({ directory, ...app }) => new Assembly(app, directory));
  }

  private constructor(readonly app: CdkApp, readonly directory: string) {}

  /** Returns the paths of all files in the assembly, including those in assets. */
  files(): string[] {
    return readdirSync(this.directory, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name).slice(this.directory.length + 1))
      .sort();
  }

  /** Returns the paths of all templates, including one for each nested stack. */
  templates(): string[] {
    return this.files().filter(file => file.endsWith('.template.json'));
  }

  read(file: string): string {
    return readFileSync(join(this.directory, file), 'utf8');
  }

  nag(): NagReport {
    return JSON.parse(readFileSync(`${this.directory}.nag.json`, 'utf8'));
  }
}
