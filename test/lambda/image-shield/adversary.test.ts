import { ACCOUNT, BUCKET, imageUri, REGION, ShieldWorld, WorldOptions } from './shield-world';
import { FUNCTIONS, nameFunctions, Workloads } from './workloads';
import { partitionOf } from '../../../src/core/shield/keys';
import { keepTag } from '../../../src/core/shield/tags';
import type { Place } from '../../local-ecr/registry';

const APP = 'team/app';
const LISTS = 'lists';
const LISTED = { service: 'listed', bucket: LISTS, keyPattern: 'in-use/*.jsonl', maxAge: 1_000 * 86_400 } as const;
const THEIRS = '222222222222';

let world: ShieldWorld;
let own: Workloads;
afterEach(() => world.stop());

const keep = (digest: string) => keepTag('in-use-', digest);
const push = (tag: string, registry: Place = {}, repositoryName = APP) =>
  world.account.ecr.addImage({ repositoryName, tags: [tag], pushedAt: new Date(world.now), ...registry });

async function start(options: WorldOptions = {}): Promise<void> {
  world = await ShieldWorld.start({ roles: FUNCTIONS, ...options });
  nameFunctions(world);
  world.account.ecr.seed({ repositoryName: APP });
  own = new Workloads(world, ACCOUNT);
}

/** Lists images in a file that the own environment reads. */
function list(...images: string[]): void {
  world.account.s3.bucket(LISTS);
  world.account.s3.seed(LISTS, 'in-use/a.jsonl', images.map(image => JSON.stringify({ image })).join('\n'));
}

/** Pushes an image to the shield's own registry, and runs it there. */
function runImage(tag = 'v1', repositoryName = APP): string {
  const digest = push(tag, {}, repositoryName);
  own.run(imageUri(repositoryName, tag), digest);
  return digest;
}

/** Creates a repository in the partition of another one. */
function seedBeside(other: string): string {
  const partition = partitionOf(ACCOUNT, REGION, other);
  const name = Array.from({ length: 500 }, (_, nth) => `team/beside-${nth}`).find(each => partitionOf(ACCOUNT, REGION, each) === partition)!;
  world.account.ecr.seed({ repositoryName: name });
  return name;
}

describe('an image that Amazon ECR cannot have does not stop the protection of others, if a task definition has', () => {
  test.each([
    ['upper case letters in the name of the repository', 'team/App', 'v1'],
    ['an empty part in the name of the repository', 'team//app', 'v1'],
    ['a separator at the end of the name of the repository', 'team/app-', 'v1'],
    ['a number sign in the tag', APP, 'v1#2'],
    ['a slash in the tag', APP, 'v1/2'],
  ])('%s', async (_what, repositoryName, tag) => {
    await start();
    own.run(imageUri(repositoryName, tag));
    const beside = seedBeside(repositoryName);
    const running = runImage('v2', beside);
    expect(await world.run()).toMatchObject({ protected: 1, succeeded: true });
    expect(world.tagsOf(beside, running)).toEqual(['v2', keep(running)]);
  });
});

test('a digest that is none does not stop the protection of an image, which is found by its tag', async () => {
  await start();
  const running = push('v1');
  own.run(imageUri(APP, 'v1'), 'x'.repeat(301));
  expect(await world.run()).toMatchObject({ protected: 1, succeeded: true });
  expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
  const starting = push('v2');
  await world.event(world.taskEvent(imageUri(APP, 'v2'), '#'));
  expect(world.tagsOf(APP, starting)).toEqual(['v2', keep(starting)]);
});

describe('a line of a list does not stop the search of its environment, if it has', () => {
  test.each([
    ['a Region of 1,100 letters', imageUri(APP, 'v1', THEIRS, `eu-${'a'.repeat(1_100)}-1`)],
    ['a repository name of 3,000 letters', imageUri(`team/${'a'.repeat(3_000)}`, 'v1')],
    ['a host that has no Region', `${THEIRS}.dkr.ecr.evil.attacker.example/${APP}:v1`],
  ])('%s', async (_what, image) => {
    await start({ usedBy: [{ service: 'ecs' }, LISTED] });
    list(image);
    const running = runImage();
    expect(await world.run()).toMatchObject({ protected: 1, findings: 0, succeeded: true });
    expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
    const states = [...world.account.s3.objects(BUCKET).keys()].filter(key => key.startsWith('state/'));
    expect(states.filter(key => !key.startsWith(`state/${ACCOUNT}/${REGION}/`))).toEqual([]);
  });
});
