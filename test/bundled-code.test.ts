import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, NestedStack, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { BundledCode } from '../src/private/handler/bundled-code';

const FOLDER = join(__dirname, '..', 'assets', 'lambda', 'teardown');
const METADATA = { 'aws:cdk:enable-asset-metadata': true };

type Place = (app: App) => Stack;
const inStack: Place = app => new Stack(app, 'Shop');
const inNestedStack: Place = app => new NestedStack(new Stack(app, 'Shop'), 'Nested');
const inKnownEnvironment: Place = app => new Stack(app, 'Shop', {
  env: { account: '111111111111', region: 'eu-west-1' },
});

/** Returns all files of the assembly whose content depends on the code of a function. */
function synthesized(code: lambda.Code, place: Place, context: Record<string, unknown> = {}): Record<string, unknown> {
  const app = new App({ context, analyticsReporting: false });
  const stack = place(app);
  new lambda.Function(stack, 'Function', { code, handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X });
  const { directory } = app.synth();
  const read = (name: string): unknown => JSON.parse(readFileSync(join(directory, name), 'utf8'));
  return { template: read(stack.templateFile), assets: read('Shop.assets.json') };
}

test.each([
  ['in a stack', inStack],
  ['in a nested stack', inNestedStack],
  ['in a stack with an account and a Region', inKnownEnvironment],
] as Array<[string, Place]>)('a function has the same template and the same assets as with Code.fromAsset, %s', (_name, place) => {
  expect(synthesized(new BundledCode(FOLDER), place)).toEqual(synthesized(lambda.Code.fromAsset(FOLDER), place));
});

test('a function has the same metadata as with Code.fromAsset, which `sam local` reads', () => {
  const rendered = synthesized(new BundledCode(FOLDER), inStack, METADATA);
  expect(rendered).toEqual(synthesized(lambda.Code.fromAsset(FOLDER), inStack, METADATA));
  expect(JSON.stringify(rendered)).toContain('"aws:asset:property":"Code"');
});
