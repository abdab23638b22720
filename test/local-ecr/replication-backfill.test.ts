import {
  DescribeReplicationBackfillResultsCommand, ECRClient, ListReplicationBackfillsCommand, paginateDescribeReplicationBackfillResults,
  ReplicationDestination, StartReplicationBackfillCommand, StopReplicationBackfillCommand,
} from '@aws-sdk/client-ecr';
import { LocalEcr } from './local-ecr';
import { clientOf, errorOf } from './test-client';

const repositoryName = 'team/app';
const home = { region: 'us-east-1' };
const paris = { region: 'eu-west-3', account: '000000000000' };
const archive = { region: 'eu-west-1', account: '111122223333' };
const DAY = 86_400_000;
let at: number;
let ecr: LocalEcr;
let client: ECRClient;

beforeEach(async () => {
  at = Date.UTC(2026, 5, 1);
  ecr = await LocalEcr.start({ now: () => new Date(at) });
  client = clientOf(ecr);
  ecr.seed({ repositoryName });
});

afterEach(async () => {
  client.destroy();
  await ecr.stop();
});

const to = ({ region, account }: { region: string; account: string }): ReplicationDestination => ({ region, registryId: account });
const start = async (destination = to(paris)) =>
  (await client.send(new StartReplicationBackfillCommand({ destination }))).replicationBackfillId!;
const stop = (replicationBackfillId: string) => client.send(new StopReplicationBackfillCommand({ replicationBackfillId }));
const read = (replicationBackfillId: string, more: object = {}) =>
  client.send(new DescribeReplicationBackfillResultsCommand({ replicationBackfillId, ...more }));
const list = async () => (await client.send(new ListReplicationBackfillsCommand({}))).backfills!;
const statusOf = async (id: string) => (await read(id)).status;

test('a backfill copies the images of matching repositories with their tags, and only to its destination', async () => {
  const [one, two] = [ecr.addImage({ repositoryName, tags: ['v1', 'latest'] }), ecr.addImage({ repositoryName })];
  ecr.addImage({ repositoryName, status: 'ARCHIVED' });
  ecr.seed({ repositoryName: 'other', images: 1 });
  ecr.replicate({ from: home, to: [paris, { ...paris, region: 'eu-north-1' }], prefix: 'team/' });
  const started = await client.send(new StartReplicationBackfillCommand({ destination: to(paris) }));
  expect(started).toMatchObject({
    replicationBackfillId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    registryId: '000000000000',
    destination: to(paris),
    status: 'PREPARING',
    startedAt: new Date(at),
  });
  const id = started.replicationBackfillId!;
  const preparing = await read(id);
  expect(preparing).toMatchObject({ status: 'PREPARING' });
  expect([preparing.progress, preparing.results, preparing.endedAt]).toEqual([undefined, undefined, undefined]);
  const running = await read(id);
  expect(running).toMatchObject({
    status: 'IN_PROGRESS',
    progress: { totalReplicationCount: 3, completedReplicationCount: 0, failedReplicationCount: 0, failureCodes: [] },
  });
  expect(running.results).toBeUndefined();
  expect(ecr.images(repositoryName, paris)).toBe(0);
  expect(await statusOf(id)).toBe('IN_PROGRESS');
  at += 1000;
  const complete = await read(id);
  expect(complete).toMatchObject({ status: 'COMPLETE', progress: { completedReplicationCount: 3 }, endedAt: new Date(at) });
  expect(complete.results).toEqual([
    { repositoryName, imageId: { imageDigest: one, imageTag: 'v1' }, status: 'COMPLETE' },
    { repositoryName, imageId: { imageDigest: one, imageTag: 'latest' }, status: 'COMPLETE' },
    { repositoryName, imageId: { imageDigest: two }, status: 'COMPLETE' },
  ]);
  expect(ecr.repository(repositoryName, paris).images.map(({ digest, tags }) => [digest, tags]))
    .toEqual([[one, ['v1', 'latest']], [two, []]]);
  expect([ecr.repository('other', paris).exists, ecr.images(repositoryName, { region: 'eu-north-1' })]).toEqual([false, 0]);
});

test('a destination that is not configured is refused, with the error of the reading', async () => {
  ecr.replicate({ from: home, to: [paris] });
  for (const destination of [to({ ...paris, region: 'eu-west-1' }), to({ ...paris, account: '111122223333' })]) {
    expect(await errorOf(start(destination))).toMatchObject({ name: 'InvalidParameterException' });
  }
  ecr.readings.set('backfill-destination-error', 'other');
  expect(await errorOf(start(to(archive)))).toMatchObject({ name: 'ValidationException' });
});

test('one backfill runs for each destination Region, and ten for each registry', async () => {
  const regions = Array.from({ length: 11 }, (_, n) => ({ ...paris, region: `eu-west-${n + 10}` }));
  ecr.replicate({ from: home, to: [...regions, { ...regions[0], account: '111122223333' }] });
  const ids = new Array<string>();
  for (const place of regions.slice(0, 10)) ids.push(await start(to(place)));
  expect(await errorOf(start({ ...to(regions[0]), registryId: '111122223333' }))).toMatchObject({
    name: 'ReplicationBackfillInProgressException',
  });
  expect(await errorOf(start(to(regions[10])))).toMatchObject({ name: 'LimitExceededException' });
  await stop(ids[0]);
  await start({ ...to(regions[0]), registryId: '111122223333' });
});

test('a backfill is stopped immediately while it prepares, and later after a while, with the images that were copied', async () => {
  ecr.backfillPolls = Infinity;
  for (const tag of ['v1', 'v2', 'v3']) ecr.addImage({ repositoryName, tags: [tag] });
  ecr.replicate({ from: home, to: [paris] });
  const early = await start();
  expect(await stop(early)).toMatchObject({ replicationBackfillId: early, destination: to(paris), status: 'STOPPED' });
  const stopped = await read(early);
  expect([stopped.status, stopped.progress, stopped.results]).toEqual(['STOPPED', undefined, []]);
  const id = await start();
  ecr.advanceBackfills();
  ecr.advanceBackfills({}, 2);
  expect(await read(id)).toMatchObject({ status: 'IN_PROGRESS', progress: { totalReplicationCount: 3, completedReplicationCount: 2 } });
  expect(await stop(id)).toMatchObject({ status: 'STOPPING' });
  expect(await errorOf(stop(id))).toMatchObject({ name: 'ReplicationBackfillInvalidStatusException' });
  expect(await errorOf(start())).toMatchObject({ name: 'ReplicationBackfillInProgressException' });
  ecr.advanceBackfills();
  expect(await read(id)).toMatchObject({ status: 'STOPPED', results: { length: 2 } });
  expect(ecr.images(repositoryName, paris)).toBe(2);
  expect(await errorOf(stop(id))).toMatchObject({ name: 'ReplicationBackfillInvalidStatusException' });
});

test.each(['COMPLETE', 'FAILED'] as const)('a backfill of fewer than 100 images that fail is %s', async status => {
  if (status === 'FAILED') ecr.readings.set('backfill-complete-with-failures', 'other');
  ecr.backfillPolls = 0;
  ecr.addImage({ repositoryName, tags: ['v1'] });
  ecr.replicate({ from: home, to: [archive] });
  const id = await start(to(archive));
  expect(await statusOf(id)).toBe('IN_PROGRESS');
  const { results, ...ended } = await read(id);
  expect(ended).toMatchObject({
    status, progress: { completedReplicationCount: 0, failedReplicationCount: 1, failureCodes: ['AccessDenied'] },
  });
  expect(results).toMatchObject([{ status: 'FAILED', failureCode: 'AccessDenied' }]);
  expect(ended.failureCode).toBe(status === 'FAILED' ? 'ReplicationFailureThresholdExceeded' : undefined);
});

test('a backfill fails when half of at least 100 images have failed, and copies no more', async () => {
  ecr.backfillPolls = 0;
  ecr.seed({ repositoryName, images: 120, kind: 'flat' });
  ecr.seed({ ...paris, repositoryName, imageTagMutability: 'IMMUTABLE' });
  const { images } = ecr.repository(repositoryName);
  for (const { tags } of images.slice(0, 60)) ecr.addImage({ ...paris, repositoryName, tags, annotations: { of: 'paris' } });
  ecr.replicate({ from: home, to: [paris] });
  const id = await start();
  await read(id);
  const ended = await read(id, { resultStatusFilter: 'FAILED', maxResults: 10 });
  expect(ended).toMatchObject({
    status: 'FAILED',
    failureCode: expect.any(String),
    results: { length: 10 },
    progress: { totalReplicationCount: 120, completedReplicationCount: 40, failedReplicationCount: 60 },
  });
  expect(ecr.images(repositoryName, paris)).toBe(60 + 100);
  const pages = paginateDescribeReplicationBackfillResults({ client, pageSize: 33 }, { replicationBackfillId: id });
  const sizes = new Array<number>();
  for await (const { results } of pages) sizes.push(results!.length);
  expect(sizes).toEqual([33, 33, 33, 1]);
});

test('a backfill is forgotten 90 days after its end, and others are not found', async () => {
  ecr.backfillPolls = 0;
  ecr.replicate({ from: home, to: [paris] });
  const id = await start();
  await read(id);
  expect(await list()).toMatchObject([{ replicationBackfillId: id, destination: to(paris), status: 'COMPLETE' }]);
  at += 90 * DAY - 1;
  expect(await list()).toHaveLength(1);
  at += 1;
  expect(await list()).toEqual([]);
  for (const call of [read, stop]) expect(await errorOf(call(id))).toMatchObject({ name: 'ReplicationBackfillNotFoundException' });
  expect(await errorOf(read('not-an-id'))).toMatchObject({ name: 'InvalidParameterException' });
});

test('the operations are authorized on *', async () => {
  ecr.principal('test', { policy: [{ Effect: 'Allow', Action: 'ecr:*', Resource: 'arn:aws:ecr:us-east-1:000000000000:repository/*' }] });
  expect(await errorOf(start())).toMatchObject({ message: expect.stringContaining('ecr:StartReplicationBackfill on resource: *') });
});
