import { deepStrictEqual, match, ok } from 'node:assert/strict';
import { CreateBucketCommand, DeleteBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { aws_s3 as s3, Stack, Tags } from 'aws-cdk-lib';
import { stocked } from './deployed-subject';
import { decisions } from './least-privilege';
import { onEmulator, Scene } from './scene';
import { bystander, IMPORTED, OWNED, STAGE, Subject, SUBJECTS, TAGS } from './subject';
import type { World } from './world';
import { Repository, RepositoryTeardown, Teardown, TeardownAudit } from '../../../src';

const bucketOf = ({ account }: World) => `audit-${account}`;
const client = ({ emulator, env }: World) => new S3Client({ ...emulator.client(env), forcePathStyle: true });

const audited = (world: World, { kind }: Subject, isEmptied: boolean) => (stack: Stack) => {
  bystander(stack);
  const options = { requireTag: STAGE, audit: TeardownAudit.toBucket(s3.Bucket.fromBucketName(stack, 'Audit', bucketOf(world))) };
  const teardown = isEmptied ? Teardown.empty(options) : Teardown.deleteWithImages(options);
  if (kind === 'owned') {
    Tags.of(new Repository(stack, 'App', { repositoryName: OWNED.repository, teardown })).add(STAGE.key, STAGE.value);
  } else {
    new RepositoryTeardown(stack, 'Legacy', { repository: Repository.fromRepositoryName(stack, 'Import', IMPORTED.repository), teardown });
  }
};

async function deployed(world: World, subject: Subject, isEmptied = false): Promise<string[]> {
  await client(world).send(new CreateBucketCommand({ Bucket: bucketOf(world) }));
  await stocked(world, subject);
  await world.deploy('Test', audited(world, subject, isEmptied));
  if (subject.kind === 'owned') await world.push(subject.repository);
  return (await world.liveRepositories())[subject.repository].images;
}

/** Returns every line of every object in the bucket. */
async function writtenDown(world: World): Promise<Record<string, unknown>[]> {
  const Bucket = bucketOf(world);
  const { Contents = [] } = await client(world).send(new ListObjectsV2Command({ Bucket }));
  const lines = new Array<Record<string, unknown>>();
  for (const { Key } of Contents) {
    match(Key!, /^cdk-ecr-keeper\/Test\/[0-9a-f-]{36}\/team\/(app|legacy)\/00001\.jsonl$/);
    const { Body } = await client(world).send(new GetObjectCommand({ Bucket, Key }));
    lines.push(...(await Body!.transformToString()).trimEnd().split('\n').map(line => JSON.parse(line)));
  }
  return lines;
}

/** Checks that the bucket and the log list exactly these images, and that they were written before the first removal. */
async function wasWrittenBefore(world: World, { repository }: Subject, digests: readonly string[]): Promise<void> {
  const lines = await writtenDown(world);
  deepStrictEqual(lines.map(({ imageDigest }) => imageDigest).sort(), digests);
  ok(lines.every(({ action, repositoryArn }) => action === 'REMOVE_IMAGE' && repositoryArn === world.arn(repository)));
  deepStrictEqual(lines.flatMap(({ imageTags }) => imageTags as string[]).sort(), ['first-flat', 'first-multi']);
  const done = decisions(world.emulator).filter(({ account }) => account === world.account).map(({ action }) => action);
  ok(done.indexOf('s3:PutObject') >= 0 && done.indexOf('s3:PutObject') < done.findIndex(action => /Delete(Repository|Image)/.test(action)),
    done.join(', '));
  // The log group is kept when the stack is deleted.
  const story = await world.story();
  deepStrictEqual(digests.filter(digest => !story.includes(`"imageDigest":"${digest}"`)), []);
}

/** 28. The audit is written before images are removed. */
export const audit: Scene[] = SUBJECTS.flatMap(subject => [
  onEmulator(`28d ${subject.kind}, audit: the bucket and the log list every image before it is removed`, async world => {
    const digests = await deployed(world, subject);
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: {} });
    await wasWrittenBefore(world, subject, digests);
  }),

  onEmulator(`28e ${subject.kind}, audit, empty: the bucket and the log list every image before it is removed`, async world => {
    const digests = await deployed(world, subject, true);
    await world.destroy('Test');
    world.keeps(subject.repository, []);
    await world.ends({ stacks: {}, repositories: { [subject.repository]: { tags: TAGS } } });
    await wasWrittenBefore(world, subject, digests);
  }),

  ...[false, true].map(isEmptied => onEmulator(`28f ${subject.kind}, audit${isEmptied ? ', empty' : ''}: without its bucket, the delete`
    + ' removes nothing;'
    + ' after the bucket is created again, the next delete succeeds', async world => {
    const digests = await deployed(world, subject, isEmptied);
    await client(world).send(new DeleteBucketCommand({ Bucket: bucketOf(world) }));
    const { events } = await world.destroy('Test', { expect: 'failed' });
    const reason = events.find(({ status, type }) => status === 'DELETE_FAILED' && type === 'Custom::EcrTeardown')!.reason!;
    match(reason, /^The audit cannot be written to s3:\/\/audit-\d{12}\/cdk-ecr-keeper\/Test\/\S+, so nothing more was deleted\. Check that the bucket exists .*retain-resources /s);
    await world.ends({
      stacks: { Test: { status: 'DELETE_FAILED', left: world.logicalIds('Test').filter(id => id !== 'Bystander') } },
      repositories: { [subject.repository]: { tags: TAGS, mark: ['Test', subject.teardown] } },
    });
    await client(world).send(new CreateBucketCommand({ Bucket: bucketOf(world) }));
    await world.destroy('Test');
    if (isEmptied) world.keeps(subject.repository, []);
    await world.ends({ stacks: {}, repositories: isEmptied ? { [subject.repository]: { tags: TAGS } } : {} });
    deepStrictEqual((await writtenDown(world)).map(({ imageDigest }) => imageDigest).sort(), digests);
  })),
]);
