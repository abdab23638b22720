import { deepStrictEqual } from 'node:assert/strict';
import { Aspects, CfnResource, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { deployed, stocked } from './deployed-subject';
import { refusalOf } from './refusal';
import { onEmulator, onOtherEmulator, Scene } from './scene';
import { bystander, IMPORTED, OWNED, STAGE, SUBJECTS, TAGS } from './subject';
import { Repository, RepositoryTeardown, Teardown } from '../../../src';

const withTeardown = (stack: Stack, teardown: Teardown) => {
  const repository = new Repository(stack, 'App', { repositoryName: 'team/app', teardown });
  Tags.of(repository).add(STAGE.key, STAGE.value);
};

/** Uses the emptyOnDelete property of aws-ecr, without a teardown. */
const emptiedByCloudFormation = (stack: Stack) => {
  const repository = new Repository(stack, 'App', {
    repositoryName: 'team/app', removalPolicy: RemovalPolicy.DESTROY, emptyOnDelete: true,
  });
  Tags.of(repository).add(STAGE.key, STAGE.value);
};

const RETAINED: Array<[string, (stack: Stack) => void]> = [
  ['an Aspect sets RETAIN', stack => {
    OWNED.declare(stack, {});
    Aspects.of(stack).add({
      visit: node => {
        if (node instanceof ecr.CfnRepository) node.applyRemovalPolicy(RemovalPolicy.RETAIN);
      },
    });
  }],
  ['an escape hatch sets Retain', stack => {
    OWNED.declare(stack, {});
    Aspects.of(stack).add({
      visit: node => {
        if (node instanceof CfnResource && node.cfnResourceType === 'AWS::ECR::Repository') node.addOverride('DeletionPolicy', 'Retain');
      },
    });
  }],
];

/** CloudFormation itself tries to delete the repository, too, and sets its own tags on it. */
const CLOUDFORMATION_DELETES = ['deletion-skips-retain-except-on-create', 'repositories-have-no-system-tags'] as const;

/** 13 and 14. The stack is deleted. The simplest cases are in test/integ/integ.repository.ts. */
export const stackDeletion: Scene[] = [
  ...SUBJECTS.map(subject => onEmulator(`13b ${subject.kind}: guards that do not refuse allow the deletion`, async world => {
    await deployed(world, subject, { maxImages: 5, requireTag: STAGE });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: {} });
  })),

  ...SUBJECTS.map(subject => onEmulator(`13c ${subject.kind}: deleting the stack succeeds if the repository was already`
    + ' deleted', async world => {
    await deployed(world, subject);
    await world.vanish(subject.repository);
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: {} });
  })),

  onOtherEmulator(CLOUDFORMATION_DELETES, '13d owned: a refusal keeps the repository, and the next deletion of the stack deletes'
    + ' it with its images', async world => {
    await deployed(world, OWNED, { requireTag: STAGE });
    await world.retag('team/app', { stage: undefined });
    refusalOf(await world.destroy('Test', { expect: 'failed' }));
    await world.retag('team/app', TAGS);
    await world.ends({
      stacks: { Test: { status: 'DELETE_FAILED', left: world.logicalIds('Test').filter(id => id !== 'Bystander') } },
      repositories: { 'team/app': { tags: TAGS, mark: ['Test', OWNED.teardown] } },
    });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: {} });
  }),
];

export const retainWins: Scene[] = [
  ...RETAINED.map(([what, build], index) => onEmulator(`14${'ab'[index]} owned: ${what}, which overrides the teardown`, async world => {
    await world.deploy('Test', build);
    await world.push('team/app');
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: { 'team/app': { tags: TAGS } } });
  })),

  onEmulator('14c owned: Teardown.retain() keeps the repository', async world => {
    await world.deploy('Test', stack => withTeardown(stack, Teardown.retain()));
    deepStrictEqual(world.types('Test'), ['AWS::ECR::Repository']);
    await world.push('team/app');
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: { 'team/app': { tags: TAGS } } });
  }),

  onEmulator('14d imported: Teardown.retain() keeps the repository', async world => {
    await stocked(world, IMPORTED);
    await world.deploy('Test', stack => {
      bystander(stack);
      new RepositoryTeardown(stack, 'Legacy', {
        repository: Repository.fromRepositoryName(stack, 'Import', 'team/legacy'), teardown: Teardown.retain(),
      });
    });
    await world.ends({
      stacks: { Test: { status: 'CREATE_COMPLETE', left: ['Bystander'] } }, repositories: { 'team/legacy': { tags: TAGS } },
    });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: { 'team/legacy': { tags: TAGS } } });
  }),

  onEmulator('14e owned: an update from deleteWithImages to retain keeps the repository', async world => {
    await deployed(world, OWNED);
    await world.deploy('Test', stack => withTeardown(stack, Teardown.retain()));
    await world.ends({
      stacks: { Test: { status: 'UPDATE_COMPLETE', left: [world.logicalId('Test', 'AWS::ECR::Repository')] } },
      repositories: { 'team/app': { tags: TAGS } },
    });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: { 'team/app': { tags: TAGS } } });
  }),

  onEmulator('14f owned: with emptyOnDelete, removing the repository from the app deletes it with its images', async world => {
    await world.deploy('Test', stack => {
      bystander(stack);
      emptiedByCloudFormation(stack);
    });
    deepStrictEqual(world.types('Test'), ['AWS::CloudFormation::WaitConditionHandle', 'AWS::ECR::Repository']); // and no function
    await world.push('team/app');
    await world.deploy('Test', stack => bystander(stack));
    await world.ends({ stacks: { Test: { status: 'UPDATE_COMPLETE', left: ['Bystander'] } }, repositories: {} });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: {} });
  }),
];
