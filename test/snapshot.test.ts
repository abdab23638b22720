import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Construct, IConstruct } from 'constructs';
import { declareEveryConstruct } from './every-construct';
import { flat } from './flat-template';
import * as keeper from '../src';

// Logical ids, tag keys, the properties of custom resources, and the rights of each function are what deployed stacks depend on.

const project = join(__dirname, '..');
const handlers = readdirSync(join(project, 'lambda'), { withFileTypes: true })
  .filter(entry => entry.isDirectory() && entry.name !== 'shared').map(entry => entry.name);

interface Template {
  readonly Resources: Record<string, { readonly Type: string; readonly Properties?: any }>;
}

interface Synthesis {
  readonly app: App;
  /** By the hash in the name of the asset. */
  readonly handlersOfAssets: ReadonlyMap<string, string>;
  readonly templates: Record<string, Template>;
}

function synthesize(): Synthesis {
  const app = new App({ analyticsReporting: false });
  declareEveryConstruct(app);
  const assembly = app.synth();
  const bundles = new Map(readdirSync(join(project, 'assets', 'lambda')).map(handler =>
    [readFileSync(join(project, 'assets', 'lambda', handler, 'index.js'), 'utf8'), handler]));
  const folders = readdirSync(assembly.directory, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && entry.name.startsWith('asset.')).map(entry => entry.name);
  const handlerOf = (folder: string) => bundles.get(readFileSync(join(assembly.directory, folder, 'index.js'), 'utf8')) ?? 'unknown';
  return {
    app,
    handlersOfAssets: new Map(folders.map(folder => [folder.slice('asset.'.length), handlerOf(folder)])),
    templates: Object.fromEntries(assembly.stacks.map(({ stackName, template }) => [stackName, template as Template])),
  };
}

/**
 * Without what every change of a handler changes, without the metadata, parameters and rules of the CDK, and without its function that
 * empties a bucket, whose runtime depends on the version of the CDK.
 */
function readable(
  { Resources, Outputs }: Template & { readonly Outputs?: object }, handlersOfAssets: ReadonlyMap<string, string>,
): unknown {
  const own = Object.fromEntries(Object.entries(Resources).filter(([id]) => !id.startsWith('CustomS3AutoDeleteObjects')));
  const text = JSON.stringify({ Resources: own, Outputs })
    .replace(/[0-9a-f]{64}(?=\.zip)/g, hash => `<${handlersOfAssets.get(hash) ?? 'unknown'}>`).replace(/[0-9a-f]{64}(?=\.png)/g, '<logo>');
  return flat(JSON.parse(text));
}

describe('the templates that have every construct', () => {
  const { app, templates, handlersOfAssets } = synthesize();

  test.each(Object.keys(templates))('resources of the stack %s', name => {
    expect(readable(templates[name], handlersOfAssets)).toMatchSnapshot();
  });

  const constructs = Object.entries({ ...keeper, ...keeper.fleet })
    .filter(([, exported]) => typeof exported === 'function' && exported.prototype instanceof Construct);
  test.each(constructs)('hold a construct %s', (_, exported) => {
    const isOfClass = (each: IConstruct) => each instanceof (exported as unknown as new () => Construct);
    expect(app.node.findAll().some(isOfClass)).toBe(true);
  });

  test.each(handlers)('hold the function of lambda/%s', handler => {
    expect(readableResources().filter(([, { Type, Properties }]) =>
      Type === 'AWS::Lambda::Function' && Properties.Code.S3Key === `<${handler}>.zip`)).toHaveLength(1);
  });

  test.each(resourceTypes())('hold a resource of type %s', type => {
    expect(readableResources().some(([, { Type }]) => Type === type)).toBe(true);
  });

  function readableResources(): Array<[string, Template['Resources'][string]]> {
    return Object.entries((readable(templates.All, handlersOfAssets) as Template).Resources);
  }
});

/** The types that the handlers serve. */
function resourceTypes(): string[] {
  return readdirSync(join(project, 'src', 'core', 'wire'))
    .flatMap(file => Object.values(jest.requireActual<object>(`../src/core/wire/${file}`)))
    .filter((value): value is string => typeof value === 'string' && value.startsWith('Custom::'));
}
