import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { join } from 'node:path';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { App, CliCredentialsStackSynthesizer, Stack } from 'aws-cdk-lib';
import { Bed, CommandLine } from './bed';
import { contentOf, Inventory, takeInventory } from './inventory';
import { Step } from './steps';
import { PublicRepository, PublicTeardown, Repository, RepositoryTeardown, Teardown } from '../../../src';
import { LocalEcrPublic } from '../../local-ecr-public/local-ecr-public';
import { FunctionRole, learnPolicy, pointFunctions } from '../local-endpoints';
import { Registry } from '../registry';

const STACK = 'Elsewhere';
const REGION = 'eu-west-1';
const FAR = 'demo/far';
const TOOL = 'demo/tool';
const OTHERS = 'demo/others';
const TAGS = { stage: 'test' };
const DESCRIPTION = 'A tool for everybody';

export interface Elsewhere {
  readonly ecrPublic: LocalEcrPublic;
  readonly cdk: CommandLine;
  readonly before: Inventory;
}

function synthesise({ emulator }: Bed, endpoint: string): { directory: string; template: any } {
  const app = new App({ outdir: join(emulator.directory, 'elsewhere.out') });
  const env = { account: emulator.account, region: emulator.region };
  const stack = new Stack(app, STACK, { env, synthesizer: new CliCredentialsStackSynthesizer() });
  new RepositoryTeardown(stack, 'FarTeardown', {
    repository: Repository.fromRepositoryArn(stack, 'Far', `arn:aws:ecr:${REGION}:${emulator.account}:repository/${FAR}`),
    teardown: Teardown.deleteWithImages({ requireTag: { key: 'stage', value: 'test' }, maxImages: 10 }),
  });
  new PublicRepository(stack, 'Tool', {
    repositoryName: TOOL,
    catalogData: { description: DESCRIPTION, operatingSystems: ['Linux'] },
    teardown: PublicTeardown.deleteWithImages({ maxImages: 10 }),
  });
  pointFunctions(app, { ECR_PUBLIC: endpoint }, 'CdkEcrKeeperPublicRepository');
  const assembly = app.synth();
  return { directory: assembly.directory, template: assembly.getStackByName(STACK).template };
}

/** Deploys one stack with two repositories outside its Region. */
export async function deployElsewhere(step: Step, bed: Bed, opened: (ecrPublic: LocalEcrPublic) => void): Promise<Elsewhere> {
  const { emulator } = bed;
  step.note(`app: one stack in ${emulator.region} with a RepositoryTeardown for ${FAR}, imported by its ARN from ${REGION},`
    + ` and a PublicRepository ${TOOL}`);
  step.note(`${FAR} is in the emulator's ECR. The emulator has no ECR Public, so ${TOOL} is in local-ecr-public, our strict fake.`);
  step.note('The fake checks every call against the policy of the function\'s role.');
  const role = new FunctionRole();
  const ecrPublic = await LocalEcrPublic.start({ principals: role });
  opened(ecrPublic);
  ecrPublic.seed({ repositoryName: OTHERS, images: 3, kind: 'multiArch', tags: TAGS });
  const far = new ECRClient(emulator.client({ region: REGION }));
  for (const client of [bed.ecr, far]) {
    await client.send(new CreateRepositoryCommand({ repositoryName: FAR, tags: [{ Key: 'stage', Value: 'test' }] }));
  }
  await (await Registry.login(emulator)).pushImage({ repository: FAR, tags: ['v1'] });
  step.note(`already existing: ${FAR} in ${REGION}, another ${FAR} in ${emulator.region}, and the public repository ${OTHERS},`
    + ' all tagged stage=test');
  const before = await takeInventory(bed);
  const { directory, template } = synthesise(bed, ecrPublic.endpoint);
  const cdk = new CommandLine(bed, directory);
  let ended = false;
  await Promise.all([
    cdk.succeed(step, 'deploy', STACK, '--method=direct').finally(() => { ended = true; }),
    learnPolicy(bed.stacks, STACK, role, template, () => ended, 'PublicRepository'),
  ]);
  const uuid = (await bed.stacks.describe(STACK))!.StackId!.split('/')[2];
  await step.check(`${FAR} in ${REGION} carries the mark of this stack, and ${FAR} in ${emulator.region} carries no mark`, async () => {
    match((await contentOf(bed, FAR, REGION))!.tags['cdk-ecr-keeper:teardown-by'] ?? 'no mark', new RegExp(`^${uuid}:`));
    deepStrictEqual((await contentOf(bed, FAR))!.tags, TAGS);
  });
  await step.check(`${TOOL} is created with its mark and its gallery description: "${DESCRIPTION}"`, () => {
    const { exists, tags, catalogData } = ecrPublic.repository(TOOL);
    deepStrictEqual([exists, catalogData?.description], [true, DESCRIPTION]);
    match(tags['cdk-ecr-keeper:public-repository-by'] ?? 'no mark', new RegExp(`^${uuid}:`));
  });
  step.shows('2 repositories marked, neither in this Region');
  return { ecrPublic, cdk, before };
}

/** @returns the number of images in both repositories */
export async function pushElsewhere(step: Step, bed: Bed, { ecrPublic }: Elsewhere): Promise<number> {
  const registry = await Registry.login(bed.emulator, { region: REGION });
  await registry.pushImage({ repository: FAR, tags: ['v1'] });
  await registry.pushIndex({ repository: FAR, tags: ['v2'] });
  ecrPublic.seed({ repositoryName: TOOL, images: 5, kind: 'multiArch' });
  const far = (await contentOf(bed, FAR, REGION))!.images.length;
  await step.check(`${FAR} in ${REGION} holds ${far} images, and ${TOOL} holds ${ecrPublic.images(TOOL)}`, () =>
    deepStrictEqual([far, ecrPublic.images(TOOL)], [4, 5]));
  step.shows(`${far} + ${ecrPublic.images(TOOL)} images`);
  return far + ecrPublic.images(TOOL);
}

export async function destroyElsewhere(step: Step, bed: Bed, { ecrPublic, cdk, before }: Elsewhere): Promise<void> {
  const others = ecrPublic.repository(OTHERS);
  const result = await cdk.run(step, 'destroy', STACK);
  await step.check('cdk destroy succeeds', () => strictEqual(result.code, 0, result.output));
  await step.check(`${FAR} in ${REGION} is deleted with its images`, async () => strictEqual(await contentOf(bed, FAR, REGION), undefined));
  await step.check(`${TOOL} in the public registry is deleted with its images`, () =>
    strictEqual(ecrPublic.repository(TOOL).exists, false));
  await step.check(`the account is as before: ${FAR} in ${bed.emulator.region} still has its image,`
    + ' and the functions, roles, and log groups are deleted', async () => {
    strictEqual(before.repositories[FAR].images.length, 1);
    deepStrictEqual(await takeInventory(bed), before);
  });
  await step.check(`the public repository ${OTHERS} still has its ${others.images.length} images, and 0 of ${ecrPublic.calls.length} calls`
    + ' to ECR Public were denied', () => {
    strictEqual(others.images.length, 3);
    deepStrictEqual(ecrPublic.calls.filter(({ outcome }) => /AccessDenied/.test(outcome)), []);
    deepStrictEqual(ecrPublic.calls.filter(({ repositoryName }) => repositoryName === OTHERS), []);
  });
  step.shows('both deleted, other repositories unchanged');
}
