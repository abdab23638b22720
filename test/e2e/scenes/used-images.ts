import { match, ok } from 'node:assert/strict';
import { Stack, Tags } from 'aws-cdk-lib';
import { stocked } from './deployed-subject';
import type { Fakes } from './fakes';
import { FOR_USE, hurry } from './hurried-clock';
import { refusalOf } from './refusal';
import { onBoth, Scene } from './scene';
import { bystander, IMPORTED, OWNED, STAGE, Subject, SUBJECTS, TAGS } from './subject';
import { CODE, World } from './world';
import { ImageUse, Repository, RepositoryTeardown, Teardown } from '../../../src';

const SERVICES = ['ECS', 'LAMBDA', 'STS'] as const;
const RAN_ON = 'ECR and CloudFormation of MiniStack, LocalEcs, LocalLambda, IAM enforced; five minutes pass at once';
const onUse = (title: string, play: (world: World, fakes: Fakes) => Promise<void>) => onBoth(title, play, RAN_ON);

const declare = ({ kind }: Subject, teardown: Teardown) => (stack: Stack) => {
  bystander(stack);
  if (kind === 'owned') {
    Tags.of(new Repository(stack, 'App', { repositoryName: OWNED.repository, teardown })).add(STAGE.key, STAGE.value);
  } else {
    new RepositoryTeardown(stack, 'Legacy', { repository: Repository.fromRepositoryName(stack, 'Import', IMPORTED.repository), teardown });
  }
};

async function deployed(world: World, fakes: Fakes, subject: Subject, ...inUseBy: ImageUse[]): Promise<void> {
  await stocked(world, subject);
  await fakes.deploy(stack => {
    declare(subject, Teardown.deleteWithImages({ requireTag: STAGE, inUseBy }))(stack);
    hurry(stack, world.emulator, FOR_USE);
  }, { services: SERVICES });
  if (subject.kind === 'owned') await world.push(subject.repository);
}

const uri = ({ account }: World, repository: string) => `${account}.dkr.ecr.us-east-1.amazonaws.com/${repository}:first-flat`;

/** Checks that the delete is refused for this reason and changes nothing, and that the printed command lifts the refusal. */
async function refusedAndLifted(world: World, subject: Subject, inUse: RegExp): Promise<void> {
  const { because, lift, code } = refusalOf(await world.destroy('Test', { expect: 'failed' }));
  match(because, inUse);
  const left = world.logicalIds('Test').filter(id => id !== 'Bystander');
  const stacks = { Test: { status: 'DELETE_FAILED', left } };
  const mark = ['Test', subject.teardown] as const;
  await world.ends({ stacks, repositories: { [subject.repository]: { tags: TAGS, mark } } });
  await world.run(lift);
  await world.ends({ stacks, repositories: { [subject.repository]: { tags: { ...TAGS, [CODE]: code }, mark } } });
  await world.destroy('Test');
  await world.ends({ stacks: {}, repositories: {} });
}

/** 28. Images in use prevent the deletion of their repository. */
export const usedImages: Scene[] = SUBJECTS.flatMap(subject => [
  onUse(`28a ${subject.kind}, in use: refuses if an Amazon ECS task still runs after the waiting time,`
    + ' and the printed command lifts the refusal', async (world, fakes) => {
    await deployed(world, fakes, subject, ImageUse.ecs());
    const taskDefinition = fakes.ecs.taskDefinition('web', { containers: [uri(world, subject.repository)] }, fakes.here);
    fakes.ecs.cluster('shop', fakes.here).task({ taskDefinition });
    await refusedAndLifted(world, subject, /^Repository '.*' was not deleted: its images are in use: ECS task shop\/[0-9a-f]{32}\. /);
  }),

  onUse(`28b ${subject.kind}, in use: refuses if a Lambda function still exists after the waiting time,`
    + ' and the printed command lifts the refusal', async (world, fakes) => {
    await deployed(world, fakes, subject, ImageUse.lambdaFunctions());
    fakes.lambda.function('resize', { imageUri: uri(world, subject.repository), imageDigest: `sha256:${'0'.repeat(64)}` }, fakes.here);
    await refusedAndLifted(world, subject, /^Repository '.*' was not deleted: its images are in use: Lambda function resize\. /);
  }),

  onUse(`28c ${subject.kind}, in use: the delete succeeds if the task stops during the waiting time`, async (world, fakes) => {
    await deployed(world, fakes, subject, ImageUse.ecs(), ImageUse.lambdaFunctions());
    const taskDefinition = fakes.ecs.taskDefinition('web', { containers: [uri(world, subject.repository)] }, fakes.here);
    const cluster = fakes.ecs.cluster('shop', fakes.here);
    const image = uri(world, subject.repository);
    const pinned = { taskDefinition, containerImages: [{ image, imageDigest: `sha256:${'0'.repeat(64)}` }] };
    cluster.service('web', { taskDefinition, revisions: [pinned] });
    let looks = 0;
    fakes.ecs.onCall = ({ operation }) => {
      if (operation === 'ListClusters' && ++looks === 3) cluster.service('web', { taskDefinition, status: 'INACTIVE' });
    };
    await world.destroy('Test');
    ok(looks > 2);
    await world.ends({ stacks: {}, repositories: {} });
  }),
]);
