import { BUCKET, imageUri, ShieldWorld, WorldOptions } from './shield-world';
import { imagesByRepository } from '../../../lambda/image-shield-protect/images-by-repository';
import { repositoryMetricLines } from '../../../lambda/image-shield-report/repository-metrics';
import { MAX_METRIC_REPOSITORIES, PartitionResult, RepositoryImages } from '../../../src/core/shield/findings';
import { NEW_STATE } from '../../../src/core/shield/state';

const APP = 'team/app';
const WEB = 'team/web';

let world: ShieldWorld;
afterEach(() => world?.stop());

async function start(options: WorldOptions = {}, settings: object = { repositoryMetrics: true }): Promise<void> {
  world = await ShieldWorld.start({ ...options, settings: { ...options.settings, ...settings } });
  for (const repositoryName of [APP, WEB]) world.account.ecr.seed({ repositoryName });
}

function runImage(repositoryName: string, tag: string): string {
  const digest = world.account.ecr.addImage({ repositoryName, tags: [tag], pushedAt: new Date(world.now) });
  runTask(imageUri(repositoryName, tag), digest);
  return digest;
}

function runTask(image: string, imageDigest?: string): void {
  const taskDefinition = world.account.ecs.taskDefinition('app', { containers: [image] });
  world.account.ecs.cluster().task({ taskDefinition, containers: [{ image, imageDigest }] });
}

function stopTasks(): void {
  const { tasks } = world.account.ecs.cluster();
  for (const arn of [...tasks.keys()]) tasks.delete(arn);
}

interface MetricLine {
  readonly _aws: { readonly CloudWatchMetrics: ReadonlyArray<{ readonly Dimensions: string[][]; readonly Metrics: object[] }> };
  readonly Repository?: string;
  readonly ProtectedImages: number;
  readonly UnprotectedImages: number;
}

/** Protected and unprotected images by the repository of the line. Totals are not in it. */
function countsIn(lines: readonly string[]): Record<string, [number, number]> {
  return Object.fromEntries(lines.filter(line => line.startsWith('{"_aws"')).map(line => JSON.parse(line) as MetricLine)
    .flatMap(line => line.Repository === undefined ? [] : [[line.Repository, [line.ProtectedImages, line.UnprotectedImages]]]));
}

/** Runs the shield. */
async function countsOfRun(): Promise<Record<string, [number, number]>> {
  const before = world.account.logs.length;
  await world.run();
  return countsIn(world.account.logs.slice(before));
}

describe('the metrics of repositories', () => {
  it('are not sent and not in the results without the setting', async () => {
    await start({}, {});
    runImage(APP, 'v1');
    expect(await countsOfRun()).toEqual({});
    const results = [...world.account.s3.objects(BUCKET)].filter(([key]) => key.includes('/results/'));
    expect(results.length).toBeGreaterThan(0);
    for (const [, text] of results) expect(Object.keys(JSON.parse(text))).not.toContain('repositories');
  });

  it('count the images of each repository with images in use, and the totals stay the same', async () => {
    await start();
    for (const tag of ['v1', 'v2']) runImage(APP, tag);
    runImage(WEB, 'v1');
    runTask(imageUri(WEB, 'missing'));
    world.account.ecr.seed({ repositoryName: 'team/idle' });
    expect(await countsOfRun()).toEqual({ [APP]: [2, 0], [WEB]: [1, 1] });
    expect([world.metrics('ProtectedImages').includes(3), world.metrics('UnprotectedImages').includes(1)]).toEqual([true, true]);
  });

  it('are in one log line for each repository, with the dimensions Shield and Repository', async () => {
    await start();
    runImage(APP, 'v1');
    await world.run();
    const [line] = world.account.logs.filter(each => each.includes('"Repository":'));
    expect(JSON.parse(line)).toEqual({
      _aws: {
        Timestamp: world.now,
        CloudWatchMetrics: [{
          Namespace: 'CdkEcrKeeper/ImageShield',
          Dimensions: [['Shield', 'Repository']],
          Metrics: [{ Name: 'ProtectedImages', Unit: 'Count' }, { Name: 'UnprotectedImages', Unit: 'Count' }],
        }],
      },
      Shield: 'Shield',
      Repository: APP,
      ProtectedImages: 1,
      UnprotectedImages: 0,
    });
  });

  it('become 0 when the last image is released, and end with the next run', async () => {
    await start();
    runImage(APP, 'v1');
    expect(await countsOfRun()).toEqual({ [APP]: [1, 0] });
    stopTasks();
    world.pass(1);
    expect(await countsOfRun()).toEqual({ [APP]: [1, 0] });
    world.pass(15);
    expect(await countsOfRun()).toEqual({ [APP]: [0, 0] });
    world.pass(1);
    expect(await countsOfRun()).toEqual({});
  });

  it('count an image that is missing as unprotected until its task stops, and then as 0', async () => {
    await start();
    const missing = `sha256:${'0'.repeat(64)}`;
    runTask(imageUri(APP, missing), missing);
    expect(await countsOfRun()).toEqual({ [APP]: [0, 1] });
    stopTasks();
    world.pass(1);
    expect(await countsOfRun()).toEqual({ [APP]: [0, 0] });
  });

  it('count the images of a repository that does not exist, until their tasks stop', async () => {
    await start();
    runTask(imageUri('team/missing', 'v1'));
    expect(await countsOfRun()).toEqual({ 'team/missing': [0, 1] });
    stopTasks();
    expect(await countsOfRun()).toEqual({});
  });

  it('name a replica with its registry and Region', async () => {
    await start();
    runImage(APP, 'v1');
    runTask(imageUri(APP, 'v1', '222222222222', 'eu-west-1'));
    expect(await countsOfRun()).toEqual({ [APP]: [1, 0], [`222222222222/eu-west-1/${APP}`]: [0, 1] });
  });

  it('are not sent for a repository that is no longer selected, whose images keep their tags', async () => {
    await start();
    for (const repositoryName of [APP, WEB]) runImage(repositoryName, 'v1');
    await world.run();
    Object.assign(world.settings, { selection: { names: [APP] } });
    expect(await countsOfRun()).toEqual({ [APP]: [1, 0] });
  });

  it('are not sent for repositories of a partition that fails, and are sent for the others', async () => {
    await start();
    for (const repositoryName of [APP, WEB]) runImage(repositoryName, 'v1');
    expect(world.stateKey(APP)).not.toBe(world.stateKey(WEB));
    world.account.s3.onCall = ({ operation, input }) => {
      if (operation === 'GetObject' && input.Key === world.stateKey(APP)) throw new Error('broken');
    };
    expect(await countsOfRun()).toEqual({ [WEB]: [1, 0] });
    expect(world.failures).toHaveLength(1);
  });

  it('are written even if EventBridge does not accept a finding', async () => {
    await start();
    runTask(imageUri(APP, 'missing'));
    world.account.events.refuses = 'InternalFailure';
    await expect(world.run()).rejects.toThrow('EventBridge did not accept a finding');
    expect(countsIn(world.account.logs)).toEqual({ [APP]: [0, 1] });
  });
});

describe('the number of repositories with metrics', () => {
  const many = (count: number): RepositoryImages[] => Array.from({ length: count }, (_, nth) =>
    ({ repositoryName: `team/${String(nth).padStart(5, '0')}`, protected: nth, unprotected: 0 }));
  const resultOf = (partition: string, repositories: readonly RepositoryImages[], moreRepositories = 0): PartitionResult => ({
    partition, protected: 0, newlyProtected: 0, released: 0, unprotected: {}, findings: [], moreFindings: 0, repositories, moreRepositories,
  });
  const [OWN, OTHER] = ['000000000000/us-east-1', '000000000000/eu-west-1'];

  it('is bounded in the result of a partition, which counts the others', () => {
    const unprotectedIn = new Map(many(MAX_METRIC_REPOSITORIES + 2).reverse().map(({ repositoryName }) => [repositoryName, 1]));
    const { repositories, moreRepositories } = imagesByRepository({ selection: { all: true } }, { unprotectedIn }, NEW_STATE);
    expect(repositories.map(({ repositoryName }) => repositoryName))
      .toEqual(many(MAX_METRIC_REPOSITORIES).map(({ repositoryName }) => repositoryName));
    expect(moreRepositories).toBe(2);
  });

  it('is bounded in a run, in which own repositories come before replicas, and the log has the number of the others', () => {
    const own = many(MAX_METRIC_REPOSITORIES - 1);
    const results = [resultOf(`${OTHER}/0`, many(3)), resultOf(`${OWN}/f`, own.slice(0, 10), 4), resultOf(`${OWN}/0`, own.slice(10))];
    const lines = repositoryMetricLines(1, 'Shield', OWN, results);
    expect(Object.keys(countsIn(lines))).toEqual([...own.map(({ repositoryName }) => repositoryName), `${OTHER}/team/00000`]);
    expect(lines.slice(MAX_METRIC_REPOSITORIES)).toEqual([
      '6 more repositories have no metrics, because a shield sends those of at most 1000. The totals count their images',
    ]);
  });

  it('leaves out nothing up to the bound', () => {
    expect(repositoryMetricLines(1, 'Shield', OWN, [resultOf(`${OWN}/0`, many(MAX_METRIC_REPOSITORIES))]))
      .toHaveLength(MAX_METRIC_REPOSITORIES);
  });
});
