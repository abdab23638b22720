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
/** The calls without a guard that counts images: read the tags, delete, and verify that the repository no longer exists. */
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
  step.note('The function calls local-ecr, our strict fake of ECR, which supports archived images, manifest references, and paging.');
  step.note('The emulator provides CloudFormation, Lambda, IAM, and CloudWatch Logs.');
  const role = new FunctionRole();
  const ecr = await LocalEcr.start({ principals: role });
  opened(ecr);
  seed(ecr);
  const archived = ecr.repository(SHAPES).images.filter(image => image.status === 'ARCHIVED').length;
  const indexes = ecr.repository(SHAPES).images.filter(image => image.children.length > 0);
  const nested = indexes.filter(index => index.children.some(child => indexes.some(({ digest }) => digest === child)));
  await step.check(`${SHAPES} holds ${ecr.images(SHAPES)} images: ${indexes.length} are indexes (${nested.length} refer to another index),`
    + ` and ${archived} are archived`, () => {
    ok(archived > 0 && nested.length > 0 && indexes.length > nested.length);
  });
  await step.check(`${LARGE} and ${COUNTED} hold ${LARGE_IMAGES} images each; ${NEIGHBOUR} (no teardown) holds ${NEIGHBOUR_IMAGES}`, () => {
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
  await step.check(`the three repositories carry their marks, and ${NEIGHBOUR} carries no mark`, () => {
    const marked = [SHAPES, LARGE, COUNTED, NEIGHBOUR].filter(name => 'cdk-ecr-keeper:teardown-by' in ecr.repository(name).tags);
    deepStrictEqual(marked, [SHAPES, LARGE, COUNTED]);
  });
  await step.check('local-ecr checks every call against the synthesized policy of the function\'s role:'
    + ` a call that deletes ${NEIGHBOUR} is denied`, async () => {
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
  step.note('The function calls local-ecr, as above.');
  const neighbour = ecr.repository(NEIGHBOUR);
  const images = Object.fromEntries([SHAPES, LARGE, COUNTED].map(name => [name, ecr.images(name)]));
  ecr.clearCalls();
  const result = await cdk.run(step, 'destroy', STACK);
  const calls = (name: string): string[] => ecr.calls.filter(call => callsOn(call.input, name)).map(call => call.operation);
  await step.check('cdk destroy succeeds', () => strictEqual(result.code, 0, result.output));
  await step.check('the three repositories are deleted with all images, including the archived ones', () => {
    deepStrictEqual([SHAPES, LARGE, COUNTED].filter(name => ecr.repository(name).exists), []);
  });
  await step.check(`${NEIGHBOUR} is unchanged`, () => {
    strictEqual(neighbour.images.length, NEIGHBOUR_IMAGES);
    deepStrictEqual(ecr.repository(NEIGHBOUR), neighbour);
    deepStrictEqual(calls(NEIGHBOUR), []);
  });
  await step.check('the account is as before: the stack, function, log group, and role are deleted', async () =>
    deepStrictEqual(await takeInventory(bed), before));
  const pages = Math.ceil(LARGE_IMAGES / PAGE);
  for (const [name, expected] of [
    [SHAPES, CALLS], [LARGE, CALLS], [COUNTED, [CALLS[0], ...Array<string>(pages).fill('ListImages'), ...CALLS.slice(1)]],
  ] as const) {
    const guards = name === COUNTED ? 'requireTag, maxImages' : 'requireTag';
    await step.check(`${name} with ${images[name]} images (guards: ${guards}) took ${calls(name).length} ECR calls:`
      + ` ${inShort(calls(name))}`, () => {
      deepStrictEqual(calls(name), expected);
    });
  }
  await step.check(`these are all ECR calls: ${ecr.calls.length},`
    + ` of which ${ecr.calls.filter(call => call.outcome === 'AccessDeniedException').length} were denied`, () => {
    strictEqual(ecr.calls.length, 2 * CALLS.length + CALLS.length + pages);
    ok(ecr.calls.every(call => call.outcome !== 'AccessDeniedException'));
  });
  step.shows(`deleted with ${CALLS.length} ECR calls each (${CALLS.length + pages} to count images)`);
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
