import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { join } from 'node:path';
import { DeleteRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { App, CliCredentialsStackSynthesizer, Stack } from 'aws-cdk-lib';
import { Bed, CommandLine } from './bed';
import { Inventory, takeInventory } from './inventory';
import { Step } from './steps';
import { Repository, RepositoryTeardown, Teardown } from '../../../src';
import { LocalEcr } from '../../local-ecr/local-ecr';
import { FunctionRole, learnPolicy, pointFunctions, TEMPORARY_KEY } from '../local-endpoints';

const STACK = 'OnLocalEcr';
const SHAPES = 'demo/all-shapes';
const LARGE = 'demo/large';
const COUNTED = 'demo/large-counted';
const NEIGHBOUR = 'demo/neighbour';
const LARGE_IMAGES = 2_500;
const NEIGHBOUR_IMAGES = 12;
/** Without a guard that counts: the tags, the deletion, the proof that it is gone. */
const CALLS = ['ListTagsForResource', 'DeleteRepository', 'DescribeRepositories'];
const PAGE = 1_000;

export interface OnLocalEcr {
  readonly ecr: LocalEcr;
  readonly cdk: CommandLine;
  readonly before: Inventory;
}

function synthesise(outdir: string, endpoint: string): { directory: string; template: any } {
  const app = new App({ outdir });
  const stack = new Stack(app, STACK, { synthesizer: new CliCredentialsStackSynthesizer() });
  const teardown = (id: string, name: string, maxImages?: number): void => {
    new RepositoryTeardown(stack, `${id}Teardown`, {
      repository: Repository.fromRepositoryName(stack, id, name),
      teardown: Teardown.deleteWithImages({ requireTag: { key: 'stage', value: 'test' }, maxImages }),
    });
  };
  teardown('AllShapes', SHAPES);
  teardown('Large', LARGE);
  teardown('LargeCounted', COUNTED, 2 * LARGE_IMAGES);
  pointFunctions(app, { ECR: endpoint });
  const assembly = app.synth();
  return { directory: assembly.directory, template: assembly.getStackByName(STACK).template };
}

function seed(ecr: LocalEcr): void {
  const tags = { stage: 'test' };
  ecr.seed({ repositoryName: SHAPES, tags, images: 30, kind: 'multiArch', archived: 6 });
  ecr.seed({ repositoryName: SHAPES, images: 20, kind: 'nested', archived: 4 });
  ecr.seed({ repositoryName: SHAPES, images: 9, kind: 'referrers' });
  ecr.seed({ repositoryName: LARGE, tags, images: LARGE_IMAGES, kind: 'flat' });
  ecr.seed({ repositoryName: COUNTED, tags, images: LARGE_IMAGES, kind: 'flat' });
  ecr.seed({ repositoryName: NEIGHBOUR, tags, images: NEIGHBOUR_IMAGES, kind: 'multiArch' });
}

export async function deployOnLocalEcr(step: Step, bed: Bed, opened: (ecr: LocalEcr) => void): Promise<OnLocalEcr> {
  step.note('Runs on local-ecr, the strict ECR of test/local-ecr (the emulator\'s own ECR knows no archive, manifest references, paging).');
  step.note('CloudFormation, Lambda, IAM and CloudWatch Logs are the emulator\'s; the function is told by AWS_ENDPOINT_URL_ECR.');
  const role = new FunctionRole();
  const ecr = await LocalEcr.start({ principals: role });
  opened(ecr);
  seed(ecr);
  const archived = ecr.repository(SHAPES).images.filter(image => image.status === 'ARCHIVED').length;
  const indexes = ecr.repository(SHAPES).images.filter(image => image.children.length > 0);
  const nested = indexes.filter(index => index.children.some(child => indexes.some(({ digest }) => digest === child)));
  await step.check(`${SHAPES}: ${ecr.images(SHAPES)} images, ${indexes.length} of them indexes (${nested.length} over another index),`
    + ` ${archived} archived`, () => {
    ok(archived > 0 && nested.length > 0 && indexes.length > nested.length);
  });
  await step.check(`${LARGE} and ${COUNTED}: ${LARGE_IMAGES} images each; ${NEIGHBOUR}: ${NEIGHBOUR_IMAGES} images, no teardown`, () => {
    deepStrictEqual([LARGE, COUNTED, NEIGHBOUR].map(name => ecr.images(name)), [LARGE_IMAGES, LARGE_IMAGES, NEIGHBOUR_IMAGES]);
  });
  const { directory, template } = synthesise(join(bed.emulator.directory, 'on-local-ecr.out'), ecr.endpoint);
  const cdk = new CommandLine(bed, directory);
  const before = await takeInventory(bed);
  let ended = false;
  await Promise.all([
    cdk.succeed(step, 'deploy', STACK).finally(() => { ended = true; }),
    learnPolicy(bed.stacks, STACK, role, template, () => ended),
  ]);
  await step.check('each of the three carries its mark, the neighbour none', () => {
    const marked = [SHAPES, LARGE, COUNTED, NEIGHBOUR].filter(name => 'cdk-ecr-keeper:teardown-by' in ecr.repository(name).tags);
    deepStrictEqual(marked, [SHAPES, LARGE, COUNTED]);
  });
  await step.check('local-ecr holds every call to the policy of the function\'s role as synthesised:'
    + ' it may not delete the neighbour', async () => {
    ok(role.policy.length > 0);
    const credentials = { accessKeyId: ecr.calls.find(call => TEMPORARY_KEY.test(call.accessKeyId))!.accessKeyId, secretAccessKey: 'any' };
    const asRole = new ECRClient({ endpoint: ecr.endpoint, region: bed.emulator.region, credentials, maxAttempts: 1 });
    const outcome = await asRole.send(new DeleteRepositoryCommand({ repositoryName: NEIGHBOUR, force: true }))
      .then(() => 'deleted', error => error.name);
    strictEqual(outcome, 'AccessDeniedException');
  });
  step.shows(`3 repositories, ${ecr.images(SHAPES) + ecr.images(LARGE) + ecr.images(COUNTED)} images`);
  return { ecr, cdk, before };
}

export async function destroyOnLocalEcr(step: Step, bed: Bed, { ecr, cdk, before }: OnLocalEcr): Promise<void> {
  step.note('Runs on local-ecr, as above.');
  const neighbour = ecr.repository(NEIGHBOUR);
  const images = Object.fromEntries([SHAPES, LARGE, COUNTED].map(name => [name, ecr.images(name)]));
  ecr.clearCalls();
  const result = await cdk.run(step, 'destroy', STACK);
  const calls = (name: string): string[] => ecr.calls.filter(call => callsOn(call.input, name)).map(call => call.operation);
  await step.check('cdk destroy went through', () => strictEqual(result.code, 0, result.output));
  await step.check('the three repositories are gone, with all their images, archived ones too', () => {
    deepStrictEqual([SHAPES, LARGE, COUNTED].filter(name => ecr.repository(name).exists), []);
  });
  await step.check(`${NEIGHBOUR} is untouched`, () => {
    strictEqual(neighbour.images.length, NEIGHBOUR_IMAGES);
    deepStrictEqual(ecr.repository(NEIGHBOUR), neighbour);
    deepStrictEqual(calls(NEIGHBOUR), []);
  });
  await step.check('stack, function, log group and role are gone: the account is as before', async () =>
    deepStrictEqual(await takeInventory(bed), before));
  const pages = Math.ceil(LARGE_IMAGES / PAGE);
  for (const [name, expected] of [
    [SHAPES, CALLS], [LARGE, CALLS], [COUNTED, [CALLS[0], ...Array<string>(pages).fill('ListImages'), ...CALLS.slice(1)]],
  ] as const) {
    const guards = name === COUNTED ? 'requireTag, maxImages' : 'requireTag';
    await step.check(`${calls(name).length} ECR calls for the ${images[name]} images of ${name} (${guards}):`
      + ` ${inShort(calls(name))}`, () => {
      deepStrictEqual(calls(name), expected);
    });
  }
  await step.check(`that is all: ${ecr.calls.length} ECR calls,`
    + ` ${ecr.calls.filter(call => call.outcome === 'AccessDeniedException').length} denied`, () => {
    strictEqual(ecr.calls.length, 2 * CALLS.length + CALLS.length + pages);
    ok(ecr.calls.every(call => call.outcome !== 'AccessDeniedException'));
  });
  step.shows(`nothing left; ${CALLS.length} ECR calls each (${CALLS.length + pages} to count too)`);
}

function callsOn(input: Record<string, unknown>, name: string): boolean {
  return input.repositoryName === name || String(input.resourceArn ?? '').endsWith(`:repository/${name}`)
    || Array.isArray(input.repositoryNames) && input.repositoryNames.includes(name);
}

function inShort(operations: readonly string[]): string {
  return [...new Set(operations)].map(operation => {
    const times = operations.filter(other => other === operation).length;
    return times === 1 ? operation : `${times} x ${operation}`;
  }).join(', ');
}
