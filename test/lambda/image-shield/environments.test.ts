import { ACCOUNT, BUCKET, ENVIRONMENT, imageUri, REGION, ShieldWorld, WorldOptions } from './shield-world';
import { EXTERNAL_ID, FUNCTIONS, nameFunctions, ROLE_NAME, Workloads } from './workloads';
import { partitionOf, partitionsOf, stateKey } from '../../../src/core/shield/keys';
import { STEP_RETRIES } from '../../../src/core/shield/settings';
import { keepTag, releasedTag } from '../../../src/core/shield/tags';
import type { Place } from '../../local-ecr/registry';
import type { OrganizationAccount } from '../../local-organizations/local-organizations';

const APP = 'team/app';
const LISTS = 'lists';
const LISTED = { service: 'listed', bucket: LISTS, keyPattern: 'in-use/*.jsonl', maxAge: 1_000 * 86_400 } as const;
const THEIRS = '222222222222';
const OTHERS = '333333333333';
const EUROPE = 'eu-west-1';

let world: ShieldWorld;
let own: Workloads;
afterEach(() => world.stop());

const keep = (digest: string) => keepTag('in-use-', digest);
const released = (digest: string) => releasedTag('in-use-', digest);
const push = (tag: string, registry: Place = {}, repositoryName = APP) =>
  world.account.ecr.addImage({ repositoryName, tags: [tag], pushedAt: new Date(world.now), ...registry });
const kinds = () => world.findings.map(({ kind }) => kind);
const clearFindings = () => { world.account.events.events.length = 0; };
const writes = () => world.account.ecr.calls.filter(({ operation }) => ['PutImage', 'BatchDeleteImage'].includes(operation));

async function start(options: WorldOptions = {}): Promise<void> {
  world = await ShieldWorld.start({ roles: FUNCTIONS, ...options });
  nameFunctions(world);
  world.account.ecr.seed({ repositoryName: APP });
  own = new Workloads(world, ACCOUNT);
}

const workloads = (account: string, region = REGION) => new Workloads(world, account, region).letIn();

/** Selects these environments, as `EnvironmentSelection.of` does. */
function search(...environments: Workloads[]): void {
  world.search = { listed: environments.map(({ environment }) => environment) };
}

/** Pushes an image to the shield's own registry, and runs it in an environment. */
function runImage(environment: Workloads, tag = 'v1', repositoryName = APP): string {
  const digest = push(tag, {}, repositoryName);
  environment.run(imageUri(repositoryName, tag), digest);
  return digest;
}

describe.each([
  ['another account', THEIRS, REGION], ['another Region', ACCOUNT, EUROPE], ['another account and Region', THEIRS, EUROPE],
])('an image that runs only in %s', (_where, account, region) => {
  test('is kept, and is released keepAfterUse after it stops there', async () => {
    await start();
    const there = workloads(account, region);
    search(there);
    const running = runImage(there);
    expect(await world.run()).toMatchObject({ protected: 1, newlyProtected: 1, findings: 0, succeeded: true });
    expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
    expect(world.entry(APP, running)).toMatchObject({ seenIn: [`${account}/${region} ecs`] });
    world.pass(15);
    expect(await world.run()).toMatchObject({ protected: 1, released: 0 });
    there.stopAll();
    world.pass(13);
    expect(await world.run()).toMatchObject({ protected: 1, released: 0 });
    world.pass(2);
    expect(await world.run()).toMatchObject({ protected: 0, released: 1, findings: 0 });
    expect(world.tagsOf(APP, running)).toEqual(['v1', released(running)]);
  });

  test('in a function of AWS Lambda is kept', async () => {
    await start();
    const there = workloads(account, region);
    search(there);
    const running = push('v1');
    world.account.lambda.function('fn', { imageUri: imageUri(APP, 'v1'), imageDigest: running }, there.place);
    expect(await world.run()).toMatchObject({ protected: 1, findings: 0 });
    expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
  });
});

test('an image that runs in two environments stays protected when it stops in one of them', async () => {
  await start();
  const [theirs, others] = [workloads(THEIRS), workloads(OTHERS)];
  search(theirs, others);
  const running = runImage(theirs);
  others.run(imageUri(APP, 'v1'), running);
  expect(await world.run()).toMatchObject({ protected: 1 });
  theirs.stopAll();
  world.pass(20);
  expect(await world.run()).toMatchObject({ protected: 1, released: 0 });
  others.stopAll();
  world.pass(13);
  expect(await world.run()).toMatchObject({ released: 0 });
  world.pass(2);
  expect(await world.run()).toMatchObject({ released: 1 });
});

test('a workload of an environment that is not selected is not searched, and its account is not called', async () => {
  await start();
  const running = runImage(workloads(THEIRS));
  expect(await world.run()).toMatchObject({ protected: 0, findings: 0, succeeded: true });
  expect(world.tagsOf(APP, running)).toEqual(['v1']);
  expect(world.account.sts.calls).toEqual([]);
});

describe.each([
  ['another Region of the own account', ACCOUNT, EUROPE], ['another account whose role allows it', THEIRS, EUROPE],
])('a workload that pulls from the registry of %s', (_where, account, region) => {
  let there: Workloads;
  let ours: string;
  let replica: string;
  beforeEach(async () => {
    await start();
    there = new Workloads(world, account, region).letIn('search and protect');
    search(there);
    world.account.ecr.seed({ repositoryName: APP, ...there.place });
    [ours, replica] = [push('v1'), push('v1', there.place)];
    there.run(there.uri(APP, 'v1'), replica);
  });

  test('protects the image there, and not the one of the same name and digest in the own registry', async () => {
    expect(replica).toBe(ours);
    expect(await world.run()).toMatchObject({ protected: 1, newlyProtected: 1, findings: 0, succeeded: true });
    expect(world.tagsOf(APP, replica, there.place)).toEqual(['v1', keep(replica)]);
    expect(world.tagsOf(APP, ours)).toEqual(['v1']);
    expect(world.entry(APP, ours)).toBeUndefined();
  });

  test('lets the image there expire keepAfterUse after it stopped, while the own one stays protected', async () => {
    own.run(imageUri(APP, 'v1'), ours);
    expect(await world.run()).toMatchObject({ protected: 2 });
    there.stopAll();
    world.pass(13);
    expect(await world.run()).toMatchObject({ protected: 2, released: 0 });
    world.pass(2);
    expect(await world.run()).toMatchObject({ protected: 1, released: 1 });
    expect(world.tagsOf(APP, replica, there.place)).toEqual(['v1', released(replica)]);
    expect(world.tagsOf(APP, ours)).toEqual(['v1', keep(ours)]);
  });

  test('makes the first run find the keep tags of an earlier shield there', async () => {
    world.account.ecr.seed({ repositoryName: APP, account: OTHERS });
    const digest = [push('v1', { account: OTHERS }), push('v2', { account: OTHERS })][1];
    const former = world.account.ecr.addImage({ repositoryName: APP, tags: [keep(digest)], ...there.place });
    expect(former).toBe(digest);
    expect(await world.run()).toMatchObject({ protected: 2 });
    expect(world.entry(APP, former, there.place)).toMatchObject({ phase: 'kept', seenIn: ['unknown'] });
    world.pass(15);
    expect(await world.run()).toMatchObject({ protected: 1, released: 1 });
    expect(world.tagsOf(APP, former, there.place)).toEqual([released(former)]);
  });

  test('is a finding if the policy of the repository there does not keep it', async () => {
    const selection = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 };
    const policy = { rules: [{ rulePriority: 1, selection, action: { type: 'expire' } }] };
    world.account.ecr.seed({ repositoryName: APP, ...there.place, lifecyclePolicyText: JSON.stringify(policy) });
    expect(await world.run()).toMatchObject({ unprotected: 1 });
    expect(kinds()).toEqual(['policy-does-not-keep']);
  });
});

describe('an image of a registry in which the shield may not write is a finding, and nothing is changed there', () => {
  const expectUnreachable = async (there: Workloads, reason: string, remedy: string) => {
    const ours = runImage(own, 'ours');
    world.account.ecr.seed({ repositoryName: APP, ...there.place });
    const replica = push('v1', there.place);
    (there.place.account === ACCOUNT ? own : there).run(there.uri(APP, 'v1'), replica);
    expect(await world.run()).toMatchObject({ protected: 1, unprotected: 1, findings: 1, succeeded: true });
    expect(world.findings).toEqual([expect.objectContaining({ kind: 'registry-unreachable', repositoryName: APP })]);
    const [{ message }] = world.findings;
    const { account, region } = there.place;
    expect(message).toContain(`images of repository '${APP}' in registry ${account}, Region ${region} are in use (1) and are not`
      + ' protected, because');
    expect(message).toContain(reason);
    expect(message).toContain(remedy);
    expect(world.tagsOf(APP, ours)).toEqual(['ours', keep(ours)]);
    expect(world.tagsOf(APP, replica, there.place)).toEqual(['v1']);
    expect(writes().every(({ accessKeyId }) => accessKeyId === FUNCTIONS.protect)).toBe(true);
  };

  test('if the role of the account trusts only the function that searches', async () => {
    await start();
    const there = workloads(THEIRS);
    search(there);
    await expectUnreachable(there, `the role ${there.roleArn} cannot be assumed`, 'Set \'repositories\' of the ImageUseRole there');
  });

  test('if the role of the account has no permissions for its repositories', async () => {
    await start();
    const there = new Workloads(world, THEIRS).letIn('search and protect', { denied: ['ecr:*'] });
    search(there);
    await expectUnreachable(there, 'it denies access', 'Set \'repositories\' of the ImageUseRole there');
  });

  test('if the account and Region are not selected', async () => {
    await start();
    await expectUnreachable(
      new Workloads(world, ACCOUNT, EUROPE), 'the shield does not search that account and Region', 'Add it to the environments',
    );
  });
});

test('an image of a registry that was unreachable for a month is not released before keepAfterUse passes again', async () => {
  await start();
  const there = new Workloads(world, THEIRS).letIn('search and protect');
  search(there);
  world.account.ecr.seed({ repositoryName: APP, ...there.place });
  const replica = push('v1', there.place);
  there.run(there.uri(APP, 'v1'), replica);
  await world.run();
  there.letIn('search');
  world.pass(30);
  expect(await world.run()).toMatchObject({ unprotected: 1 });
  there.letIn('search and protect');
  there.stopAll();
  world.pass(1);
  expect(await world.run()).toMatchObject({ released: 0, protected: 1 });
  expect(world.tagsOf(APP, replica, there.place)).toEqual(['v1', keep(replica)]);
  world.pass(14);
  expect(await world.run()).toMatchObject({ released: 1 });
});

describe('on a bad day of one environment', () => {
  interface BadDay {
    readonly kind: string;
    readonly sentence: string;
    readonly reason: RegExp;
    spoil(there: Workloads): void;
    repair(there: Workloads): void;
  }

  const UNREADABLE = `${THEIRS}/${REGION} could not be searched, so nothing that was last seen there is released.`;
  const BAD_DAYS: ReadonlyArray<readonly [string, BadDay]> = [
    ['its role is missing', {
      spoil: there => world.account.sts.deleteRole(there.roleArn),
      repair: there => there.letIn(),
      kind: 'environment-unreadable',
      sentence: UNREADABLE,
      reason: new RegExp(`The role arn:aws:iam::${THEIRS}:role/${ROLE_NAME} cannot be assumed\\. Deploy an ImageUseRole there`),
    }],
    ['its role expects another external ID', {
      spoil: there => there.letIn('search', { externalId: 'another' }),
      repair: there => there.letIn(),
      kind: 'environment-unreadable',
      sentence: UNREADABLE,
      reason: /with the same external ID/,
    }],
    ['a policy of the organization denies Amazon ECS', {
      spoil: there => there.letIn('search', { denied: ['ecs:*'] }),
      repair: there => there.letIn(),
      kind: 'source-unreadable',
      sentence: `${THEIRS}/${REGION}: ecs cannot be read, so nothing that was last seen there is released.`,
      reason: /ecs:ListClusters .* with an explicit deny .* check whether 'usedBy' of the ImageUseRole there .* denies it to the role\.$/,
    }],
    ['AWS STS throttles every call', {
      spoil: () => world.account.sts.faults.add({ kind: 'throttle', times: Infinity }),
      repair: () => world.account.sts.faults.clear(),
      kind: 'environment-unreadable',
      sentence: UNREADABLE,
      reason: /Throttling/,
    }],
    ['Amazon ECS fails in its Region', {
      spoil: () => world.account.ecs.faults.add({ kind: 'serverError', times: Infinity, region: REGION }),
      repair: () => world.account.ecs.faults.clear(),
      kind: 'environment-unreadable',
      sentence: UNREADABLE,
      reason: /Error: ecs cannot be read now\. ServerException: /,
    }],
  ];

  test.each(BAD_DAYS)('if %s, the others are protected, and nothing last seen there is released', async (_what, day) => {
    await start();
    const [theirs, others] = [workloads(THEIRS), workloads(ACCOUNT, EUROPE)];
    search(theirs, others);
    const running = runImage(theirs);
    const elsewhere = runImage(others, 'v2');
    expect(await world.run()).toMatchObject({ protected: 2, succeeded: true });
    theirs.stopAll();
    day.spoil(theirs);
    const later = runImage(others, 'v3');
    for (let month = 0; month < 2; month++) {
      world.pass(30);
      clearFindings();
      expect(await world.run()).toMatchObject({ protected: 3, released: 0, succeeded: false });
      const ofTheirs = world.findings.filter(({ environment }) => environment === theirs.name);
      expect(ofTheirs).toEqual([expect.objectContaining({ kind: day.kind, message: expect.stringMatching(day.reason) })]);
      expect(ofTheirs[0].message.startsWith(`${day.sentence} `)).toBe(true);
    }
    for (const [tag, digest] of [['v1', running], ['v2', elsewhere], ['v3', later]]) {
      expect(world.tagsOf(APP, digest)).toEqual([tag, keep(digest)]);
    }
    day.repair(theirs);
    world.pass(1);
    expect(await world.run()).toMatchObject({ protected: 3, released: 0, succeeded: true });
    world.pass(14);
    expect(await world.run()).toMatchObject({ protected: 2, released: 1 });
    expect(world.tagsOf(APP, running)).toEqual(['v1', released(running)]);
  });

  test('a service that fails in all attempts does not hide what the other service runs there', async () => {
    await start();
    const theirs = workloads(THEIRS);
    search(theirs);
    const running = runImage(theirs);
    world.retries = STEP_RETRIES;
    world.account.lambda.faults.add({ kind: 'serverError', times: Infinity });
    expect(await world.run()).toMatchObject({ protected: 1, succeeded: false });
    expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
    const ofTheirs = world.findings.filter(({ environment }) => environment === theirs.name);
    expect(ofTheirs).toEqual([expect.objectContaining({
      kind: 'source-unreadable', message: expect.stringMatching(/: lambda cannot be read, .* The next run tries again\.$/),
    })]);
  });

  test('an image that stopped elsewhere is released as always', async () => {
    await start();
    const theirs = workloads(THEIRS);
    search(theirs);
    const [running, ours] = [runImage(theirs), runImage(own, 'v2')];
    await world.run();
    world.account.sts.deleteRole(theirs.roleArn);
    own.stopAll();
    world.pass(15);
    expect(await world.run()).toMatchObject({ released: 1, protected: 1 });
    expect(world.tagsOf(APP, ours)).toEqual(['v2', released(ours)]);
    expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
  });

  test('an image of which only the keep tag is known is not released, even if the search left no trace', async () => {
    await start();
    const theirs = workloads(THEIRS);
    search(theirs);
    const running = runImage(theirs);
    await world.run();
    theirs.stopAll();
    world.account.s3.edit(BUCKET, world.stateKey(APP), 'damaged');
    await world.run();
    expect(world.entry(APP, running)).toMatchObject({ seenIn: ['unknown'] });
    world.withoutTrace.add(theirs.name);
    world.pass(30);
    expect(await world.run()).toMatchObject({ released: 0 });
    expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
    world.withoutTrace.clear();
    world.pass(15);
    expect(await world.run()).toMatchObject({ released: 1 });
  });
});

describe('a shield of an organization', () => {
  const scope = { regions: [REGION, EUROPE], excludedAccounts: [] as string[] };
  const ids = ['444444444444', '555555555555', '666666666666'];

  const organize = (excludedAccounts: readonly string[] = [], access?: { roleArn: string; externalId: string }) => {
    world.settings = { ...world.settings, organization: { ...scope, excludedAccounts } };
    world.search = {
      organization: {
        ...scope, excludedAccounts, roleArn: ['arn:aws:iam::', `:role/${ROLE_NAME}`], externalId: EXTERNAL_ID, ...access ? { access } : {},
      },
    };
  };
  const accounts = (...others: Array<string | OrganizationAccount>) => {
    world.account.organizations.accounts = [ACCOUNT, ...others].map(each => typeof each === 'string' ? { id: each } : each);
  };
  const searched = () => world.environmentsOf(`run-${world.runs}`).map(({ account, region }) => `${account}/${region}`).sort();

  beforeEach(async () => {
    await start();
    world.account.organizations.administrators = [ACCOUNT];
    for (const account of [THEIRS, OTHERS, ...ids]) workloads(account);
    organize();
  });

  test('searches the active accounts of all pages in each Region, and the own account without a role', async () => {
    accounts(THEIRS, { id: OTHERS, state: 'SUSPENDED' }, { id: ids[0], state: 'PENDING_CLOSURE' }, ids[1]);
    const inEurope = runImage(new Workloads(world, ids[1], EUROPE));
    const suspended = runImage(new Workloads(world, OTHERS), 'v2');
    expect(await world.run()).toMatchObject({ protected: 1, findings: 0, succeeded: true });
    expect(searched()).toEqual([ACCOUNT, THEIRS, ids[1]].flatMap(account => [`${account}/${EUROPE}`, `${account}/${REGION}`]));
    expect(world.account.organizations.calls).toHaveLength(3);
    expect(new Set(world.account.sts.sessions.map(({ roleArn }) => roleArn.split(':')[4]))).toEqual(new Set([THEIRS, ids[1]]));
    expect(world.tagsOf(APP, inEurope)).toEqual(['v1', keep(inEurope)]);
    expect(world.tagsOf(APP, suspended)).toEqual(['v2']);
  });

  test('searches a new account without a change', async () => {
    accounts(THEIRS);
    await world.run();
    accounts(THEIRS, OTHERS);
    const running = runImage(new Workloads(world, OTHERS));
    expect(await world.run()).toMatchObject({ protected: 1, newlyProtected: 1 });
    expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
  });

  test('releases images of an account after keepAfterUse once the account is excluded, although they run', async () => {
    accounts(THEIRS);
    const running = runImage(new Workloads(world, THEIRS));
    await world.run();
    organize([THEIRS]);
    world.pass(13);
    expect(await world.run()).toMatchObject({ released: 0, findings: 0, succeeded: true });
    expect(searched()).toEqual([`${ACCOUNT}/${EUROPE}`, ENVIRONMENT]);
    world.pass(2);
    expect(await world.run()).toMatchObject({ released: 1 });
    expect(world.tagsOf(APP, running)).toEqual(['v1', released(running)]);
  });

  test.each<[string, Array<string | OrganizationAccount>]>([
    ['leaves the organization', [OTHERS]], ['is suspended', [OTHERS, { id: THEIRS, state: 'SUSPENDED' }]],
  ])('reports once in a run that an account %s, and releases nothing of it until it is excluded', async (_what, left) => {
    accounts(THEIRS, OTHERS);
    const names = ['team/a', 'team/b', 'team/c'];
    expect(new Set(names.map(name => partitionOf(ACCOUNT, REGION, name))).size).toBe(3);
    const running = names.map(repositoryName => {
      world.account.ecr.seed({ repositoryName });
      return runImage(new Workloads(world, THEIRS), 'v1', repositoryName);
    });
    const stopped = runImage(new Workloads(world, OTHERS));
    expect(await world.run()).toMatchObject({ protected: 4 });
    accounts(...left);
    new Workloads(world, OTHERS).stopAll();
    for (let month = 0; month < 2; month++) {
      world.pass(30);
      clearFindings();
      expect(await world.run()).toMatchObject({ protected: 3, released: month === 0 ? 1 : 0, findings: 1, succeeded: false });
      expect(world.findings).toEqual([expect.objectContaining({ kind: 'environment-gone', environment: `${THEIRS}/${REGION}` })]);
      expect(world.findings[0].message).toMatch(
        new RegExp(`^${THEIRS}/${REGION} was not searched, because account ${THEIRS} is no longer an active account of the organization`),
      );
      expect(world.findings[0].message).toContain('add the account to \'excludedAccounts\'');
    }
    expect(world.tagsOf(APP, stopped)).toEqual(['v1', released(stopped)]);
    for (const [index, name] of names.entries()) expect(world.tagsOf(name, running[index])).toContain(keep(running[index]));
    organize([THEIRS]);
    clearFindings();
    world.pass(15);
    expect(await world.run()).toMatchObject({ protected: 0, released: 3, findings: 0, succeeded: true });
  });

  describe.each<[string, () => void, () => void]>([
    [
      'are denied', () => { world.account.organizations.administrators = []; },
      () => { world.account.organizations.administrators = [ACCOUNT]; },
    ],
    [
      'are throttled', () => world.account.organizations.faults.add({ kind: 'throttle', times: Infinity }),
      () => world.account.organizations.faults.clear(),
    ],
  ])('while the calls that list the accounts %s', (_what, spoil, repair) => {
    test('protects its own environment, releases nothing of the others, and reports no account as gone', async () => {
      accounts(THEIRS, OTHERS);
      const [theirs, others] = [runImage(new Workloads(world, THEIRS)), runImage(new Workloads(world, OTHERS), 'v2')];
      await world.run();
      spoil();
      const ours = runImage(own, 'v3');
      new Workloads(world, THEIRS).stopAll();
      world.pass(30);
      expect(await world.run()).toMatchObject({ protected: 3, newlyProtected: 1, released: 0, succeeded: false });
      expect(kinds()).toEqual(['environment-unreadable']);
      expect(world.findings[0].message).toMatch(new RegExp(
        `^the accounts of the organization cannot be listed, so only ${ENVIRONMENT} was searched, and nothing that was last seen in another`
        + ' account is released\\.',
      ));
      for (const [tag, digest] of [['v1', theirs], ['v2', others], ['v3', ours]]) {
        expect(world.tagsOf(APP, digest)).toEqual([tag, keep(digest)]);
      }
      repair();
      world.pass(1);
      expect(await world.run()).toMatchObject({ protected: 3, released: 0, succeeded: true });
      world.pass(14);
      expect(await world.run()).toMatchObject({ protected: 2, released: 1 });
      expect(world.tagsOf(APP, theirs)).toEqual(['v1', released(theirs)]);
    });
  });

  test('lists the accounts with the role of another account', async () => {
    world.account.organizations.administrators = [OTHERS];
    const management = new Workloads(world, OTHERS).letIn('search and list accounts');
    organize([], { roleArn: management.roleArn, externalId: EXTERNAL_ID });
    accounts(THEIRS);
    const running = runImage(new Workloads(world, THEIRS));
    expect(await world.run()).toMatchObject({ protected: 1, findings: 0 });
    expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
    management.letIn('search');
    expect(await world.run()).toMatchObject({ succeeded: false });
    expect(world.findings[0].message).toContain('let the role in \'access\' trust the function and allow organizations:ListAccounts');
  });
});

test('images of an environment that is no longer selected are released after keepAfterUse, although they run', async () => {
  await start();
  const [theirs, others] = [workloads(THEIRS), workloads(OTHERS)];
  search(theirs, others);
  const [running, other] = [runImage(theirs), runImage(others, 'v2')];
  await world.run();
  search(others);
  world.pass(13);
  expect(await world.run()).toMatchObject({ released: 0, findings: 0 });
  world.pass(2);
  expect(await world.run()).toMatchObject({ released: 1, findings: 0, succeeded: true });
  expect(world.tagsOf(APP, running)).toEqual(['v1', released(running)]);
  expect(world.tagsOf(APP, other)).toEqual(['v2', keep(other)]);
});

test('a list of images is read once in a run, whatever the number of environments is', async () => {
  await start({ usedBy: [{ service: 'ecs' }, LISTED] });
  world.account.s3.bucket(LISTS);
  const listed = push('v1');
  world.account.s3.edit(LISTS, 'in-use/a.jsonl', `${JSON.stringify({ image: imageUri(APP, 'v1'), usedBy: 'pod' })}\n`);
  search(workloads(THEIRS), workloads(OTHERS), workloads(ACCOUNT, EUROPE));
  expect(await world.run()).toMatchObject({ protected: 1, findings: 0 });
  expect(world.entry(APP, listed)?.seenIn).toEqual([`${ENVIRONMENT} listed(${LISTS}/in-use/*.jsonl)`]);
  const reads = world.account.s3.calls.filter(({ operation, input }) => operation === 'GetObject' && input.Bucket === LISTS);
  expect(reads).toHaveLength(1);
});

test('the first run finds the keep tags of an earlier shield in all partitions, and releases them after keepAfterUse', async () => {
  await start();
  world.hasAllPartitions = true;
  const names = ['a', 'b', 'c', 'd', 'e'].map(name => `team/${name}`);
  expect(new Set(names.map(name => partitionOf(ACCOUNT, REGION, name))).size).toBe(5);
  const former = names.map(repositoryName => {
    world.account.ecr.seed({ repositoryName, account: OTHERS });
    world.account.ecr.seed({ repositoryName });
    const digest = push('v1', { account: OTHERS }, repositoryName);
    world.account.ecr.addImage({ repositoryName, tags: ['v1', keep(digest)] });
    return digest;
  });
  expect(await world.run()).toMatchObject({ protected: 5, newlyProtected: 5, released: 0, findings: 0 });
  expect(partitionsOf(ACCOUNT, REGION).every(partition => world.account.s3.objects(BUCKET).has(stateKey(partition)))).toBe(true);
  world.pass(13);
  expect(await world.run()).toMatchObject({ protected: 5, released: 0 });
  world.pass(2);
  expect(await world.run()).toMatchObject({ protected: 0, released: 5 });
  for (const [index, name] of names.entries()) expect(world.tagsOf(name, former[index])).toEqual(['v1', released(former[index])]);
});

test('a state that is missing is rebuilt, although no image of its partition is in use', async () => {
  await start();
  const running = runImage(own);
  await world.run();
  own.stopAll();
  world.account.s3.edit(BUCKET, world.stateKey(APP), undefined);
  world.pass(30);
  expect(await world.run()).toMatchObject({ protected: 1, released: 0, findings: 0 });
  expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
  world.pass(15);
  expect(await world.run()).toMatchObject({ released: 1 });
});

test('a source, an environment, and a partition that fail in one run are three findings', async () => {
  await start();
  const theirs = workloads(THEIRS);
  search(theirs);
  // the failed source has the number 0, and the failed partition the digit 0
  const name = Array.from({ length: 200 }, (_, nth) => `team/app-${nth}`).find(each => partitionOf(ACCOUNT, REGION, each).endsWith('/0'))!;
  world.account.ecr.vanish(APP);
  world.account.ecr.seed({ repositoryName: name });
  world.account.lambda.function('fn', { imageUri: imageUri(name, push('v1', {}, name)) });
  world.account.sts.deleteRole(theirs.roleArn);
  world.account.ecs.faults.add({ kind: 'accessDenied', times: Infinity });
  world.account.ecr.faults.add({ kind: 'serverError', operation: 'DescribeImages', times: Infinity });
  expect(await world.run()).toMatchObject({ findings: 3, succeeded: false });
  expect(kinds().sort()).toEqual(['environment-unreadable', 'partition-failed', 'source-unreadable']);
  expect(world.findings.find(({ kind }) => kind === 'partition-failed')?.message).toContain(`partition ${ENVIRONMENT}/0`);
});

test('the function that protects makes as many calls for 30 environments as for 3, while nothing stops', async () => {
  const callsFor = async (count: number) => {
    await start();
    const environments = Array.from({ length: count }, (_, nth) => workloads(`${700_000_000_000 + nth}`));
    search(...environments);
    runImage(environments[0]);
    runImage(own, 'v2');
    await world.run();
    const { s3, ecr, sts } = world.account;
    for (const service of [s3, ecr, sts]) service.clearCalls();
    world.pass(1);
    expect(await world.run()).toMatchObject({ protected: 2, findings: 0 });
    return [s3, ecr, sts].map(({ calls }) => calls.filter(({ accessKeyId }) => accessKeyId === FUNCTIONS.protect).length);
  };
  const few = await callsFor(3);
  await world.stop();
  expect(await callsFor(30)).toEqual(few);
  expect(few[0]).toBeGreaterThan(0);
});

test('an image of a registry to ignore is neither protected nor reported, and leaves no state', async () => {
  await start({ settings: { ignoredRegistries: [OTHERS] } });
  own.run(imageUri(APP, 'v1', OTHERS), `sha256:${'a'.repeat(64)}`);
  const running = runImage(own);
  expect(await world.run()).toMatchObject({ protected: 1, unprotected: 0, findings: 0, succeeded: true });
  expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
  expect([...world.account.s3.objects(BUCKET).keys()].filter(key => key.startsWith(`state/${OTHERS}`))).toEqual([]);
});
