import { deepStrictEqual, match, ok } from 'node:assert/strict';
import { Stack, Tags } from 'aws-cdk-lib';
import { liveText } from './guarded-repository';
import { FOR_SETTLING } from './hurried-clock';
import { refusalOf } from './refusal';
import { onEmulator, Scene } from './scene';
import { keeping } from './shared-repository';
import { bystander, failing, STAGE, TAGS } from './subject';
import { CODE, RepositoryEnd, World } from './world';
import { PrefixTeardown, PrefixTeardownProps, registry, Repository, RepositoryTeardown, Teardown } from '../../../src';

const PREFIX = 'cache/docker-hub/';
const TYPE = 'Custom::EcrPrefixTeardown';
const LIFECYCLE_TYPE = 'Custom::EcrPrefixLifecycle';
const LIFECYCLE_MARK = 'cdk-ecr-keeper:prefix-lifecycle-by';
const ALPINE = `${PREFIX}library/alpine`;
const NODE = `${PREFIX}library/node`;
/** Repositories without the prefix or without the tag, which must not change. */
const OTHERS: Record<string, RepositoryEnd> = {
  'cache/docker-hub-mirror': { tags: TAGS },
  [`${PREFIX}library/untagged`]: {},
  [`${PREFIX}library/tagged-otherwise`]: { tags: { stage: 'prod' } },
};
const OURS: Record<string, RepositoryEnd> = { [ALPINE]: { tags: TAGS }, [NODE]: { tags: TAGS } };
const ALL = { ...OTHERS, ...OURS };

const cached = (props: Partial<PrefixTeardownProps> = {}) => (stack: Stack) => {
  bystander(stack);
  new PrefixTeardown(stack, 'Cache', { prefix: PREFIX, requireTag: STAGE, maxImages: 5, ...props });
};

/** Creates repositories outside any template, like pull-through cache rules and repository creation templates. */
async function pulledThrough(world: World): Promise<void> {
  for (const [name, { tags }] of Object.entries(ALL)) {
    await world.createRepository(name, tags);
    await world.push(name);
  }
}

async function deployed(world: World, props: Partial<PrefixTeardownProps> = {}): Promise<void> {
  await world.deploy('Test', cached(props));
  await pulledThrough(world);
  await world.ends({ stacks: { Test: { status: 'CREATE_COMPLETE', left: 'template' } }, repositories: ALL });
}

/** An override code that existed before the refusal, and the text of the refusal about it. */
const OLD_CODE = { [CODE]: '0123456789ab' };
const REMOVED = /more than its maxImages of \d\. The tag cdk-ecr-keeper:teardown matched no refusal of the last 7 days and was removed\. /;

/** 27. Repositories that no stack declares, selected by a prefix of their names. test/e2e/integ.e2e.ts has the simplest case. */
export const prefix: Scene[] = [
  onEmulator('27b prefix: removing the teardown from the template keeps every repository', async world => {
    await deployed(world);
    await world.deploy('Test', stack => bystander(stack));
    await world.ends({ stacks: { Test: { status: 'UPDATE_COMPLETE', left: ['Bystander'] } }, repositories: ALL });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: ALL });
  }),

  onEmulator('27c prefix: after a change of the prefix, deleting the stack keeps repositories with the old prefix', async world => {
    await deployed(world);
    await world.deploy('Test', cached({ prefix: 'cache/quay/' }));
    await world.ends({ stacks: { Test: { status: 'UPDATE_COMPLETE', left: 'template' } }, repositories: ALL });
    await world.createRepository('cache/quay/etcd', { ...TAGS, ...OLD_CODE });
    await world.push('cache/quay/etcd');
    await world.push('cache/quay/etcd', 'second');
    const { because, lift } = refusalOf(await world.destroy('Test', { expect: 'failed' }), TYPE);
    match(because, REMOVED);
    await world.run(lift);
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: ALL });
  }),

  onEmulator('27d prefix: an update that adds the teardown and rolls back keeps every repository', async world => {
    await world.deploy('Test', stack => bystander(stack));
    await pulledThrough(world);
    await world.deploy('Test', stack => {
      cached()(stack);
      failing(stack);
    }, { expect: 'failed' });
    await world.ends({ stacks: { Test: { status: 'UPDATE_ROLLBACK_COMPLETE', left: ['Bystander'] } }, repositories: ALL });
  }),

  onEmulator('27e prefix: the printed command lifts a refusal of maxRepositories', async world => {
    await deployed(world, { maxRepositories: 1 });
    const { because, lift, code } = refusalOf(await world.destroy('Test', { expect: 'failed' }), TYPE);
    match(because, /^Repositories under 'cache\/docker-hub\/' were not deleted: there are 2 repositories, more than its maxRepositories of 1 /);
    match(because, /npx cdk-ecr-keeper teardown --prefix cache\/docker-hub\/ --region [\w-]+ --max-repositories 2 --max-images 5 --require-tag 'stage=test' --dry-run/);
    ok(because.includes(`--region ${world.env.region} `), because);
    const stacks = { Test: { status: 'DELETE_FAILED', left: world.logicalIds('Test').filter(id => id !== 'Bystander') } };
    await world.ends({ stacks, repositories: ALL });
    await world.run(lift);
    await world.ends({ stacks, repositories: { ...ALL, [NODE]: { tags: { ...TAGS, [CODE]: code } } } });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: OTHERS });
  }),

  onEmulator('27f prefix: a refusal for one repository keeps all of them until the printed command lifts it', async world => {
    await deployed(world);
    await world.push(ALPINE, 'second');
    await world.retag(NODE, OLD_CODE);
    const { because, lift } = refusalOf(await world.destroy('Test', { expect: 'failed' }), TYPE);
    match(because, /library\/alpine in [\w-]+: it holds 10 images, more than its maxImages of 5\. /);
    match(because, REMOVED);
    await world.ends({
      stacks: { Test: { status: 'DELETE_FAILED', left: world.logicalIds('Test').filter(id => id !== 'Bystander') } }, repositories: ALL,
    });
    await world.run(lift);
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: OTHERS });
  }),

  onEmulator('27g prefix: repositories of other stacks with the prefix are kept', async world => {
    await deployed(world);
    const declared = `${PREFIX}declared`;
    await world.deploy('Second', stack => {
      Tags.of(new Repository(stack, 'App', { repositoryName: declared, teardown: Teardown.deleteWithImages() }))
        .add(STAGE.key, STAGE.value);
      const repository = Repository.fromRepositoryName(stack, 'Import', ALPINE);
      new RepositoryTeardown(stack, 'Alpine', { repository, teardown: Teardown.deleteWithImages({ requireTag: STAGE }) });
    });
    await world.push(declared);
    await world.destroy('Test');
    const theirs = {
      [declared]: { tags: TAGS, mark: ['Second', 'AppTeardown'] as const }, [ALPINE]: { tags: TAGS, mark: ['Second', 'Alpine'] as const },
    };
    await world.ends({ stacks: { Second: { status: 'CREATE_COMPLETE', left: 'template' } }, repositories: { ...OTHERS, ...theirs } });
    await world.destroy('Second');
    await world.ends({ stacks: {}, repositories: OTHERS });
  }),

  onEmulator('27h prefix: deleting the stack deletes repositories in two Regions', async world => {
    const there = await world.elsewhere({ region: 'eu-west-1' });
    await deployed(world, { regions: [world.env.region, 'eu-west-1'] });
    await pulledThrough(there);
    await world.destroy('Test');
    for (const each of [world, there]) await each.ends({ stacks: {}, repositories: OTHERS });
  }),

  onEmulator('27i prefix: a refusal in another Region removes an old override code, and the printed command lifts the'
    + ' refusal', async world => {
    const there = await world.elsewhere({ region: 'eu-west-1' });
    await world.deploy('Test', cached({ regions: [world.env.region, 'eu-west-1'], maxImages: 4 }));
    await pulledThrough(there);
    await there.retag(NODE, OLD_CODE);
    const { because, lift } = refusalOf(await world.destroy('Test', { expect: 'failed' }), TYPE);
    match(because, REMOVED);
    await there.ends({ stacks: {}, repositories: ALL });
    await world.run(lift);
    await world.destroy('Test');
    await there.ends({ stacks: {}, repositories: OTHERS });
  }),

  onEmulator('27j prefix: a stack writes, rolls back, and removes the lifecycle policies of the repositories, and deletes those with the'
    + ' tag', async world => {
    const keeps = (count: number, isFailing = false) => (stack: Stack) => {
      cached()(stack);
      new registry.PrefixLifecycle(stack, 'Existing', { prefix: PREFIX, lifecycle: keeping(count) });
      world.hurry(stack, FOR_SETTLING);
      if (isFailing) failing(stack);
    };
    const ends = async (status: string, count?: number) => {
      const isUnder = (name: string) => name.startsWith(PREFIX);
      const mark = () => ({ [LIFECYCLE_MARK]: `${world.stackUuid('Test')}:${world.logicalId('Test', LIFECYCLE_TYPE, 'Existing')}` });
      const repositories = Object.fromEntries(Object.entries(ALL).map(([name, { tags }]) =>
        [name, { tags: { ...tags, ...count !== undefined && isUnder(name) ? mark() : {} } }]));
      await world.ends({ stacks: { Test: { status, left: 'template' } }, repositories });
      for (const name of Object.keys(ALL)) {
        const text = await liveText(world, name);
        deepStrictEqual([name, text], [name, count !== undefined && isUnder(name) ? keeping(count).toJson() : undefined]);
      }
    };
    await pulledThrough(world);
    await world.deploy('Test', keeps(50));
    await ends('CREATE_COMPLETE', 50);
    await world.deploy('Test', keeps(60, true), { expect: 'failed' });
    await ends('UPDATE_ROLLBACK_COMPLETE', 50);
    await world.deploy('Test', cached());
    await ends('UPDATE_COMPLETE');
    await world.deploy('Test', keeps(70));
    await ends('UPDATE_COMPLETE', 70);
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: OTHERS });
  }),
];
