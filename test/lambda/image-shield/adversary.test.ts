import { ACCOUNT, BUCKET, imageUri, REGION, ShieldWorld, WorldOptions } from './shield-world';
import { EXTERNAL_ID, FUNCTIONS, nameFunctions, Workloads } from './workloads';
import { LAST_SUCCESS_KEY, partitionOf, STOP_KEY } from '../../../src/core/shield/keys';
import { keepTag, releasedTag } from '../../../src/core/shield/tags';
import { functionRoleName } from '../../../src/private/handler/role-name';
import { AwsError } from '../../local-ecr/aws-error';
import type { IamStatement } from '../../local-ecr/iam';
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

const kinds = () => world.findings.map(({ kind }) => kind);

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

/** Creates repositories in the partition of another one, and returns their names. */
function seedBeside(other: string, count = 1, place: Place = {}): string[] {
  const partition = partitionOf(ACCOUNT, REGION, other);
  const names = Array.from({ length: 100 * count }, (_, nth) => `team/beside-${nth}`)
    .filter(name => partitionOf(ACCOUNT, REGION, name) === partition).slice(0, count);
  for (const repositoryName of names) world.account.ecr.seed({ repositoryName, ...place });
  return names;
}

const ALLOW_ALL: IamStatement = { Effect: 'Allow', Action: '*', Resource: '*' };
const deny = (action: string, ...repositoryNames: string[]): IamStatement =>
  ({ Effect: 'Deny', Action: action, Resource: repositoryNames.map(name => `arn:aws:ecr:*:*:repository/${name}`) });

/** Creates the role of an account, in which some calls are denied. */
function letIn({ roleArn }: Workloads, ...denied: IamStatement[]): void {
  const principals = Object.values(FUNCTIONS).map(step =>
    `arn:aws:iam::${ACCOUNT}:role/${functionRoleName('Shield', REGION, `image-shield-${step}`)}`);
  world.account.sts.role(roleArn, { trust: { principals, externalId: EXTERNAL_ID }, policy: [ALLOW_ALL, ...denied] });
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
    const [beside] = seedBeside(repositoryName);
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

describe('a repository that denies access to the shield does not stop the protection of others in its partition', () => {
  test('in the own registry, in the first run', async () => {
    await start();
    const [beside] = seedBeside(APP);
    const { account, arn } = world.account.ecr.principals.find('protect');
    world.account.ecr.principal('protect', { account, arn, policy: [ALLOW_ALL, deny('ecr:*', beside)] });
    const running = runImage();
    runImage('v2', beside);
    expect(await world.run()).toMatchObject({ protected: 1 });
    expect(world.failures).toEqual([]);
    expect(world.findings).toEqual([expect.objectContaining({ kind: 'repository-denied', repositoryName: beside })]);
    expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
  });

  test('in the registry of another account, whose role allows only some repositories', async () => {
    await start();
    const theirs = new Workloads(world, THEIRS);
    world.search = { listed: [theirs.environment] };
    world.account.ecr.seed({ repositoryName: APP, ...theirs.place });
    const [beside, unused] = seedBeside(APP, 2, theirs.place);
    letIn(theirs, deny('ecr:*', beside, unused));
    const [running, denied] = [push('v1', theirs.place), push('v2', theirs.place, beside)];
    theirs.run(theirs.uri(APP, 'v1'), running);
    theirs.run(theirs.uri(beside, 'v2'), denied);
    expect(await world.run()).toMatchObject({ protected: 1, unprotected: 1 });
    expect(world.findings).toEqual([expect.objectContaining({ kind: 'repository-denied', repositoryName: beside })]);
    expect(world.tagsOf(APP, running, theirs.place)).toEqual(['v1', keep(running)]);
    expect(world.tagsOf(beside, denied, theirs.place)).toEqual(['v2']);
  });

  const ACTIONS = ['*', 'DescribeImages', 'PutImage', 'GetLifecyclePolicy'];
  test.each(ACTIONS)('and many of them that deny %s do not take all the time', async action => {
    await start();
    const theirs = new Workloads(world, THEIRS);
    world.search = { listed: [theirs.environment] };
    world.account.ecr.seed({ repositoryName: APP, ...theirs.place });
    const denied = seedBeside(APP, 60, theirs.place);
    letIn(theirs, deny(`ecr:${action}`, ...denied));
    for (const name of [...denied, APP]) theirs.run(theirs.uri(name, 'v1'), push('v1', theirs.place, name));
    const before = world.now;
    expect(await world.run()).toMatchObject({ unprotected: 60 });
    expect(world.now - before).toBeLessThan(120_000);
    expect(world.failures).toEqual([]);
    expect(world.findings.filter(({ kind }) => kind === 'repository-denied')).toHaveLength(60);
    const [{ digest, tags }] = world.account.ecr.repository(APP, theirs.place).images;
    expect(tags).toEqual(['v1', keep(digest)]);
  });
});

test('a finding about a repository of another account or Region says which one it means', async () => {
  await start();
  const europe = new Workloads(world, ACCOUNT, 'eu-west-1');
  world.search = { listed: [europe.environment] };
  world.account.ecr.seed({ repositoryName: APP, ...europe.place });
  own.run(imageUri(APP, 'v1'));
  europe.run(europe.uri(APP, 'v2'));
  expect(await world.run()).toMatchObject({ unprotected: 2, findings: 2 });
  const [ours, theirs] = world.findings.sort((one, other) => one.message.length - other.message.length);
  expect(ours.message).toMatch(/^ECS service|^ECS task/);
  expect(ours).not.toHaveProperty('environment');
  expect(theirs).toMatchObject({ kind: 'image-missing', environment: europe.name });
  expect(theirs.message.startsWith(`${europe.name}: ECS task`)).toBe(true);
});

test('1,100 accounts that cannot be searched do not hide the finding of an image that is not protected', async () => {
  await start();
  own.run(imageUri(APP, 'v1'));
  const input = { settings: world.settings, run: 'run-1' };
  for (let account = 1; account <= 1_100; account++) {
    const environment = `${String(account).padStart(12, '0')}/${REGION}`;
    await world.report({ action: 'failed', ...input, environment, error: 'Error', cause: 'the role cannot be assumed' });
  }
  expect(await world.run()).toMatchObject({ findings: 1_101 });
  expect(world.findings).toHaveLength(1_000);
  expect(kinds().filter(kind => kind !== 'environment-unreadable')).toEqual(['image-missing']);
});

test('100 images that are missing do not hide that the policy of their repository does not keep images in use', async () => {
  await start();
  const selection = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 };
  const policy = { rules: [{ rulePriority: 1, selection, action: { type: 'expire' } }] };
  world.account.ecr.seed({ repositoryName: APP, lifecyclePolicyText: JSON.stringify(policy) });
  runImage();
  for (let nth = 0; nth < 120; nth++) own.run(imageUri(APP, `missing-${nth}`));
  expect(await world.run()).toMatchObject({ findings: 121 });
  expect(world.findings).toHaveLength(100);
  expect(new Set(kinds())).toEqual(new Set(['image-missing', 'policy-does-not-keep']));
});

test('a Region that is not enabled in an account is a finding that says so, for its workloads and for its registry', async () => {
  await start();
  const there = new Workloads(world, THEIRS, 'eu-south-1');
  world.search = { listed: [there.environment] };
  letIn(there);
  for (const service of [world.account.ecs, world.account.lambda, world.account.ecr]) {
    const refusing = service as unknown as { refuse(call: { readonly region: string }): void };
    const refuse = refusing.refuse.bind(service);
    jest.spyOn(refusing, 'refuse').mockImplementation((...call) => {
      const [{ region }] = call;
      if (region !== 'eu-south-1') return refuse(...call);
      throw new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.', 403);
    });
  }
  const running = runImage();
  own.run(there.uri(APP, 'v1'));
  expect(await world.run()).toMatchObject({ protected: 1, unprotected: 1, succeeded: false });
  expect(world.failures).toEqual([]);
  expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
  expect(world.findings.map(({ kind, message }) => [kind, message])).toEqual([
    ['source-unreadable', expect.stringContaining('To fix this, enable the Region in the account, or remove it from the environments')],
    ['source-unreadable', expect.stringContaining('lambda cannot be read')],
    ['registry-unreachable', expect.stringContaining('because its Region is not enabled in the account.')],
  ]);
});

test('a run is no success if the search of an environment left no trace, and that is a finding', async () => {
  await start();
  const theirs = new Workloads(world, THEIRS);
  world.search = { listed: [theirs.environment] };
  const input = { settings: world.settings, run: 'run-1' };
  await world.report({ action: 'begin', ...input, environments: world.plan });
  const [environment] = world.environmentsOf('run-1');
  await world.collect({ ...input, environment });
  expect(await world.report({ action: 'end', ...input })).toMatchObject({ succeeded: false, findings: 1 });
  expect(world.findings).toEqual([expect.objectContaining({ kind: 'environment-unreadable', environment: theirs.name })]);
});

test('a run that was stopped is no success', async () => {
  await start();
  const input = { settings: world.settings, run: 'run-1' };
  await world.report({ action: 'begin', ...input, environments: world.plan });
  await world.collect({ ...input, environment: world.environmentsOf('run-1')[0] });
  world.account.s3.seed(BUCKET, STOP_KEY, '{}');
  expect(await world.report({ action: 'end', ...input })).toMatchObject({ succeeded: false, findings: 0 });
  expect(world.account.s3.objects(BUCKET).get(LAST_SUCCESS_KEY)).toContain('isFirstRun');
});

describe('a shield of an organization', () => {
  const organization = { regions: [REGION], excludedAccounts: [] };

  beforeEach(async () => {
    await start();
    world.settings = { ...world.settings, organization };
    world.search = { organization: { ...organization, roleArn: ['arn:aws:iam::', ':role/image-use'], externalId: EXTERNAL_ID } };
    world.account.organizations.administrators = [ACCOUNT];
    letIn(new Workloads(world, THEIRS));
  });

  test('protects its own environment while AWS Organizations fails', async () => {
    world.account.organizations.accounts = [{ id: ACCOUNT }, { id: THEIRS }];
    world.account.organizations.faults.add({ kind: 'serverError', times: Infinity });
    const running = runImage();
    expect(await world.run()).toMatchObject({ protected: 1, succeeded: false });
    expect(kinds()).toEqual(['environment-unreadable']);
    expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
  });

  test.each<[string, string[]]>([
    ['no account', []], ['every account twice', [ACCOUNT, THEIRS, THEIRS, ACCOUNT]], ['not the account of the shield', [THEIRS]],
  ])('protects its own environment, and releases after keepAfterUse, if the list has %s', async (_what, ids) => {
    world.account.organizations.accounts = ids.map(id => ({ id }));
    const former = runImage('v0');
    await world.run();
    own.stopAll();
    // then, it is not known where the image was last seen
    world.account.s3.remove(BUCKET, world.stateKey(APP));
    const running = runImage();
    expect(await world.run()).toMatchObject({ protected: 2, findings: 0, succeeded: true });
    world.pass(15);
    expect(await world.run()).toMatchObject({ protected: 1, released: 1, succeeded: true });
    expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
    expect(world.tagsOf(APP, former)).toEqual(['v0', releasedTag('in-use-', former)]);
  });
});

test('images of 300 registries that do not exist leave few states, protect the others, and release nothing of their source', async () => {
  await start({ usedBy: [{ service: 'ecs' }, LISTED] });
  const europe = new Workloads(world, ACCOUNT, 'eu-west-1');
  world.search = { listed: [europe.environment] };
  world.account.ecr.seed({ repositoryName: APP, ...europe.place });
  const [running, replica] = [runImage(), push('v2', europe.place)];
  list(europe.uri(APP, 'v2'));
  expect(await world.run()).toMatchObject({ protected: 2, succeeded: true });
  world.pass(15);
  list(...Array.from({ length: 300 }, (_, nth) => imageUri(APP, 'v1', String(100_000_000_000 + nth), 'ap-east-1')));
  expect(await world.run()).toMatchObject({ protected: 2, released: 0, succeeded: false });
  expect(world.failures).toEqual([]);
  expect(world.findings.filter(({ kind }) => kind === 'source-unreadable').map(({ message }) => message)).toEqual([
    expect.stringContaining('Its images are of too many registries, so those of 200 registries are not protected.'),
  ]);
  expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
  expect(world.tagsOf(APP, replica, europe.place)).toEqual(['v2', keep(replica)]);
  const states = [...world.account.s3.objects(BUCKET).keys()].filter(key => /^state\/1/.test(key));
  expect(states).toHaveLength(100);
});
