import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const PROJECT = resolve(__dirname, '..', '..', '..');
const UNKNOWN = /^aws:\/\/unknown-account\/unknown-region$/;

export interface App {
  readonly name: string;
  readonly text: string;
  /** Environment of the stacks that name none. */
  readonly env: Env;
  /** Environment of the repositories that the app references by ARN. */
  readonly registry: Env;
}

export interface Env {
  readonly account: string;
  readonly region: string;
}

export interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly Properties?: Record<string, any>;
}

/** Stack of an app, as the CDK CLI deploys it. */
export interface PlacedStack {
  readonly app: string;
  readonly name: string;
  readonly env: Env;
  readonly resources: Readonly<Record<string, Resource>>;
  /** Asset manifests of the stack, relative to `directory`. */
  readonly assets: readonly string[];
  readonly directory: string;
}

/** Variables for the functions of a handler, such as `ImageCopy`. */
export type Environment = (app: string, handler: string) => Readonly<Record<string, string>>;

/** Synthesizes each app into its own directory, all in one process, because loading aws-cdk-lib takes longer than synthesizing an app. */
export async function synthesize(apps: readonly App[], directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const placed = apps.map(({ name, text }) => {
    const file = join(directory, `${name}.ts`);
    writeFileSync(file, text);
    return { file, directory: join(directory, name) };
  });
  const modules = [require.resolve('tsx/cjs'), join(__dirname, '..', 'demo', 'cli-credentials.ts')];
  await promisify(execFile)(process.execPath, [
    ...modules.flatMap(module => ['--require', module]), join(PROJECT, 'test', 'synthesis', 'each-app.ts'),
  ], {
    env: {
      PATH: process.env.PATH,
      TMPDIR: process.env.TMPDIR,
      NODE_PATH: join(PROJECT, 'node_modules'),
      TSX_TSCONFIG_PATH: join(PROJECT, 'examples', 'tsconfig.json'),
      APPS: JSON.stringify(placed),
      JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1',
    },
  });
}

/**
 * Joins the apps to one cloud assembly, so that one `cdk deploy` deploys all of them. Stacks that name no account get the account of their
 * app, because apps use the same repository names. In a template, only the variables of functions are changed. Tags are those of the
 * stack, as with `cdk deploy --tags`. Assets are left out, because the CLI would upload assets without an account to its own account.
 */
export function joinAssemblies(
  apps: readonly App[], directory: string, environment: Environment, tagsOf: (app: string) => Readonly<Record<string, string>>,
): PlacedStack[] {
  const stacks = new Array<PlacedStack>();
  const nested: Record<string, object> = {};
  for (const { name: app, env } of apps) {
    const at = (file: string) => join(directory, app, file);
    const manifest = JSON.parse(readFileSync(at('manifest.json'), 'utf8'));
    const renamed = (id: string) => `${app}-${id}`;
    const artifacts: Record<string, any> = {};
    for (const [id, artifact] of Object.entries<any>(manifest.artifacts)) {
      if (artifact.type !== 'aws:cloudformation:stack') continue;
      artifacts[renamed(id)] = artifact;
      const isAssets = (dependency: string) => manifest.artifacts[dependency].type === 'cdk:asset-manifest';
      const assets = artifact.dependencies.filter(isAssets).map((dependency: string) => manifest.artifacts[dependency].properties.file);
      artifact.dependencies = artifact.dependencies.filter((dependency: string) => !isAssets(dependency)).map(renamed);
      if (UNKNOWN.test(artifact.environment)) artifact.environment = `aws://${env.account}/${env.region}`;
      artifact.properties.stackName ??= id;
      artifact.properties.tags = { ...artifact.properties.tags, ...tagsOf(app) };
      artifact.displayName = renamed(id);
      const template = JSON.parse(readFileSync(at(artifact.properties.templateFile), 'utf8'));
      const [, account, region] = /^aws:\/\/(\d+)\/(.+)$/.exec(artifact.environment)!;
      const resources: Record<string, Resource> = template.Resources ?? {};
      if (Object.keys(resources).length === 0) { // the snippet declares no resource
        delete artifacts[renamed(id)];
        continue;
      }
      for (const [logicalId, { Type, Properties }] of Object.entries(resources)) {
        const handler = Type === 'AWS::Lambda::Function' ? /^CdkEcrKeeper(\w+?)Function[0-9A-F]{8}$/.exec(logicalId)?.[1] : undefined;
        if (handler) Object.assign((Properties!.Environment ??= { Variables: {} }).Variables, environment(app, handler));
      }
      writeFileSync(at(artifact.properties.templateFile), JSON.stringify(template));
      stacks.push({
        app, name: artifact.properties.stackName, env: { account, region }, resources, directory: join(directory, app), assets,
      });
    }
    writeFileSync(at('manifest.json'), JSON.stringify({ ...manifest, artifacts }));
    nested[`assembly-${app}`] = { type: 'cdk:cloud-assembly', properties: { directoryName: app, displayName: app } };
  }
  const { version } = JSON.parse(readFileSync(join(directory, apps[0].name, 'manifest.json'), 'utf8'));
  writeFileSync(join(directory, 'manifest.json'), JSON.stringify({ version, artifacts: nested }));
  return stacks;
}
