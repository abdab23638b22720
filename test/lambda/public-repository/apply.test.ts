import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { logoFile, png } from './logo-file';
import { ARN, ASSETS, MARK, NAME, Options, PublicStack, push, repository, TYPE, UUID } from './public-stack';
import { awsPublicClients } from '../../../lambda/public-repository/clients';
import { publicRepositoryHandler } from '../../../lambda/public-repository/handler';
import { LoopbackServer } from '../../local-ecr/loopback-server';
import { DeployedStack } from '../deployed-stack';
import { account, calls, logs, startForEachTest, success } from '../handler-scene';

const OTHER_UUID = '22222222-2222-2222-2222-222222222222';
const CATALOG = {
  description: 'A tool', aboutText: '# About', usageText: 'Run it', architectures: ['x86-64', 'ARM 64'], operatingSystems: ['Linux'],
};

startForEachTest({ handler: publicRepositoryHandler, resourceType: TYPE, service: 'ecrPublic' });
let stacks: PublicStack;
beforeEach(() => {
  stacks = new PublicStack(account);
  account.ecrPublic.seed({ repositoryName: 'bystander', images: 3, kind: 'flat', catalogData: { description: 'theirs' } });
});
afterEach(() => {
  const { images, tags, catalogData, policy } = account.ecrPublic.repository('bystander');
  expect([images.length, tags, catalogData, policy]).toEqual([3, {}, { description: 'theirs' }, undefined]);
});

const live = () => account.ecrPublic.repository(NAME);
const writes = () => calls().filter(operation => !/^(Get|Describe|List)/.test(operation));

/** Uploads every logo under its key, as `cdk deploy` does before the stack. The picture is ASCII, because the local S3 stores text. */
async function publish(stack: DeployedStack, picture: string): Promise<void> {
  account.s3.bucket(ASSETS);
  const { LogoBucket: Bucket, LogoKey: Key } = stack.customResourceProperties(stacks.idOf(stack)) as Record<string, string>;
  const s3 = new S3Client({
    region: 'us-east-1',
    endpoint: account.s3.endpoint,
    forcePathStyle: true,
    credentials: { accessKeyId: 'publisher', secretAccessKey: 'test' },
  });
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: picture }));
}

describe('Create', () => {
  test('fails without a call in a partition that has no ECR Public, and the Delete that follows succeeds', async () => {
    const stack = stacks.of();
    const inGovCloud = (arn: string) => arn.replace('arn:aws:', 'arn:aws-us-gov:');
    const elsewhere = {
      StackId: inGovCloud(stack.stackId),
      ResourceProperties: { ...stack.customResourceProperties(stacks.idOf(stack)), RepositoryArn: inGovCloud(ARN) },
    };
    const answer = await stacks.send(stack, 'Create', elsewhere);
    expect(answer).toMatchObject({ Status: 'FAILED' });
    expect(answer!.Reason.split('\n')[0]).toBe(`Public repository '${NAME}' cannot be created: Amazon ECR Public is only in the partition`
      + ' \'aws\', but the stack is in \'aws-us-gov\'. Declare it in a stack of an account in \'aws\'.');
    const { PhysicalResourceId } = answer!;
    expect(await stacks.send(stack, 'Delete', { ...elsewhere, PhysicalResourceId })).toMatchObject({ Status: 'SUCCESS' });
    expect(calls()).toEqual([]);
  });

  test('creates the repository with mark and tags in one call, and returns its attributes', async () => {
    const stack = stacks.of({ tags: { team: 'tools' } });
    expect(await stacks.send(stack, 'Create')).toEqual(expect.objectContaining({
      Status: 'SUCCESS',
      PhysicalResourceId: `${UUID}:${stacks.idOf(stack)}`,
      Data: { RepositoryName: NAME, Arn: ARN, RepositoryUri: live().uri },
    }));
    expect(live()).toMatchObject({ exists: true, tags: { team: 'tools', [MARK]: stacks.markOf(stack) } });
    expect(calls()).toEqual(['ListTagsForResource', 'CreateRepository', 'ListTagsForResource', 'DescribeRepositories']);
    expect(live().catalogData).toBeUndefined();
  });

  test('writes catalog data and policy', async () => {
    await success(stacks.send(stacks.of({ catalogData: CATALOG, statements: [push('111111111111')] }), 'Create'));
    expect(live().catalogData).toEqual(CATALOG);
    expect(live().policy?.Statement).toMatchObject([{ Sid: 'Push', Principal: { AWS: ['arn:aws:iam::111111111111:root'] } }]);
  });

  test('calls the API in us-east-1 from a stack in another Region', async () => {
    process.env.AWS_REGION = 'eu-west-1';
    try {
      expect(await awsPublicClients().ecrPublic().config.region()).toBe('us-east-1');
      expect(await awsPublicClients().s3().config.region()).toBe('eu-west-1');
    } finally {
      delete process.env.AWS_REGION;
    }
    const scope = new Stack(new App(), 'Stack', { env: { region: 'eu-west-1', account: '000000000000' } });
    repository()(scope);
    const stack = new DeployedStack(
      `arn:aws:cloudformation:eu-west-1:000000000000:stack/Test/${UUID}`, Template.fromStack(scope).toJSON().Resources,
    );
    await success(stacks.send(stack, 'Create'));
    expect(live()).toMatchObject({ exists: true, arn: ARN });
  });

  test('can be repeated', async () => {
    const stack = stacks.of({ catalogData: CATALOG, statements: [push('111111111111')], tags: { a: 'b' } });
    await success(stacks.send(stack, 'Create'));
    const before = live();
    account.ecrPublic.clearCalls();
    await success(stacks.send(stack, 'Create'));
    expect(live()).toEqual(before);
    expect(writes()).toEqual([]);
  });

  test('takes over the repository that its own call created if the response was lost', async () => {
    const stack = stacks.of();
    let isFirst = true;
    account.ecrPublic.onCall = call => {
      if (call.operation !== 'ListTagsForResource' || !isFirst) return;
      isFirst = false;
      account.ecrPublic.seed({ repositoryName: NAME, tags: { [MARK]: stacks.markOf(stack) } });
    };
    expect(await stacks.send(stack, 'Create')).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: `${UUID}:${stacks.idOf(stack)}` });
    expect(account.ecrPublic.calls.map(call => call.outcome)).toContain('RepositoryAlreadyExistsException');
  });

  test.each([
    ['no mark', {}, `it has no tag ${MARK}`],
    ['another stack\'s mark', { [MARK]: `${OTHER_UUID}:Gallery` }, `its tag ${MARK} is ${OTHER_UUID}:Gallery`],
  ])('does not change an existing repository with %s, and returns the command that gives it to'
    + ' this stack', async (_what, tags, because) => {
    account.ecrPublic.seed({ repositoryName: NAME, images: 2, kind: 'flat', tags });
    const stack = stacks.of({ catalogData: CATALOG, statements: [push('111111111111')] });
    stacks.status(stack, 'CREATE_IN_PROGRESS');
    const answer = await stacks.send(stack, 'Create');
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'cdk-ecr-keeper:not-created' });
    expect(answer?.Reason).toContain(`Public repository '${NAME}' already exists and does not belong to this stack (${because}).`
      + ' Nothing was changed.'
      + ' Import it with PublicRepository.fromRepositoryName');
    expect(writes()).toEqual([]);

    // the Delete that follows a failed Create
    stacks.status(stack, 'ROLLBACK_IN_PROGRESS');
    await success(stacks.send(stack, 'Delete', { PhysicalResourceId: answer!.PhysicalResourceId }));
    expect(live()).toMatchObject({ exists: true, tags });

    const [, key, value] = /\naws ecr-public tag-resource --region us-east-1 --resource-arn \S+ --tags Key=(\S+),Value=(\S+)$/
      .exec(answer!.Reason)!;
    account.ecrPublic.retag(NAME, { [key]: value });
    stacks.status(stack, 'CREATE_COMPLETE', 'UPDATE_IN_PROGRESS');
    expect(await stacks.send(stack, 'Create'))
      .toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: `${UUID}:${stacks.idOf(stack)}:=found` });
    expect(live()).toMatchObject({ catalogData: CATALOG, images: [{}, {}] });
  });

  test('waits for new permissions and new principals', async () => {
    account.ecrPublic.faults.add({ kind: 'accessDenied', operation: 'CreateRepository', times: 5 });
    const stack = stacks.of({ statements: [push('111111111111')] });
    account.ecrPublic.principalExists('arn:aws:iam::111111111111:root', false);
    const answer = await stacks.send(stack, 'Create');
    expect(answer?.Reason)
      .toMatch(/^Public repository 'team\/tool': ECR Public rejected its policy for 120 seconds\. Check that these principals exist.*111111111111/);
    account.ecrPublic.principalExists('arn:aws:iam::111111111111:root', true);
    await success(stacks.send(stack, 'Create'));
  });

  test('immediately returns the message of ECR about an invalid policy', async () => {
    account.ecrPublic.principalExists('arn:aws:iam::111111111111:root', false, 'Another reason');
    expect((await stacks.send(stacks.of({ statements: [push('111111111111')] }), 'Create'))?.Reason)
      .toBe('Public repository \'team/tool\': ECR Public rejected its policy. Correct it, then deploy again.\n'
        + 'Invalid parameter at \'PolicyText\' failed to satisfy constraint: \'Another reason\'');
    expect(calls().filter(operation => operation === 'SetRepositoryPolicy')).toHaveLength(1);
  });

  test('names both possible causes if ECR rejects the policy until the wait ends', async () => {
    account.ecrPublic.principalExists('arn:aws:iam::111111111111:root', false, 'Invalid repository policy provided');
    expect((await stacks.send(stacks.of({ statements: [push('111111111111')] }), 'Create'))?.Reason)
      .toMatch(/ECR Public rejected its policy for 120 seconds\. Check that these principals exist, .*; or correct the statements, .*111111111111/);
  });

  test('fails if the policy locks out the function', async () => {
    const deny = push('111111111111');
    deny.sid = 'All';
    const statements = DeployedStack.of('Test', repository({ statements: [deny] }))
      .customResourceProperties(stacks.idOf(stacks.of())).Statements as string;
    const stack = stacks.of();
    const ResourceProperties = {
      ...stack.customResourceProperties(stacks.idOf(stack)),
      Statements: JSON.stringify((JSON.parse(statements) as object[])
        .map(one => ({ ...one, Effect: 'Deny', Principal: '*', Action: 'ecr-public:*' }))),
    };
    expect((await stacks.send(stack, 'Create', { ResourceProperties }))?.Reason).toContain('that it does not lock out this function');
  });

  test('fails if it is throttled permanently, but not for a while', async () => {
    account.ecrPublic.faults.add({ kind: 'throttle', operation: 'CreateRepository', times: Infinity });
    const stack = stacks.of();
    expect((await stacks.send(stack, 'Create'))?.Reason)
      .toBe(`Public repository '${NAME}': Rate exceeded. AWS throttled every attempt. Try again in a few minutes.`);
    account.ecrPublic.faults.clear();
    account.ecrPublic.faults.add({ kind: 'throttle', times: 2 });
    await success(stacks.send(stack, 'Create'));
  });

  test('returns that the registry is full', async () => {
    account.ecrPublic.repositoryQuota = 1;
    expect((await stacks.send(stacks.of(), 'Create'))?.Reason).toMatch(/^Public repository 'team\/tool': .*maximum of 1 repositories\. /);
  });
});

describe('a changed construct id', () => {
  const both = (options: Options = {}) => [stacks.of({ ...options, id: 'Old' }), stacks.of({ ...options, id: 'New' })] as const;

  test('takes over the repository, and the Delete of the old resource does nothing', async () => {
    const [before, after] = both({ catalogData: CATALOG, statements: [push('111111111111')] });
    await success(stacks.send(before, 'Create'));
    account.ecrPublic.seed({ repositoryName: NAME, images: 2, kind: 'flat' });
    stacks.status(before, 'CREATE_COMPLETE', 'UPDATE_IN_PROGRESS');
    expect(await stacks.send(after, 'Create'))
      .toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: `${UUID}:${stacks.idOf(after)}:${stacks.idOf(before)}` });
    stacks.status(before, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    await success(stacks.send(before, 'Delete'));
    expect(live()).toMatchObject({ catalogData: CATALOG, images: [{}, {}], tags: { [MARK]: stacks.markOf(after) } });
  });

  test('gives the repository back to its predecessor in a rollback', async () => {
    const [before, after] = both();
    await success(stacks.send(before, 'Create'));
    stacks.status(before, 'CREATE_COMPLETE', 'UPDATE_IN_PROGRESS');
    const answer = await stacks.send(after, 'Create');
    stacks.status(before, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
    await success(stacks.send(after, 'Delete', { PhysicalResourceId: answer!.PhysicalResourceId }));
    expect(live()).toMatchObject({ exists: true, tags: { [MARK]: stacks.markOf(before) } });
  });

  test.each<[string, Options, string]>([
    ['tags', { tags: { a: 'b' } }, 'tags'],
    ['catalog data', { catalogData: { description: 'new' } }, 'catalog data'],
    ['all', { tags: { a: 'b' }, catalogData: {}, statements: [push('222222222222')] }, 'tags, catalog data, policy'],
  ])('together with changed %s is refused, and nothing is changed', async (_what, changed, named) => {
    const [before] = both({ catalogData: CATALOG, statements: [push('111111111111')] });
    await success(stacks.send(before, 'Create'));
    const earlier = live();
    stacks.status(before, 'CREATE_COMPLETE', 'UPDATE_IN_PROGRESS');
    const after = stacks.of({ catalogData: CATALOG, statements: [push('111111111111')], id: 'New', ...changed });
    expect((await stacks.send(after, 'Create'))?.Reason)
      .toMatch(new RegExp(`^Public repository 'team/tool' belongs to ${stacks.idOf(before)} in this stack, but its construct id and`
        + ` its ${named}`
        + ' changed in one deployment.*\\. Deploy the new construct id first'));
    expect(live()).toEqual(earlier);
  });
});

describe('Update', () => {
  test('writes nothing if nothing differs, and returns the attributes', async () => {
    const options = { catalogData: CATALOG, statements: [push('111111111111')], tags: { a: 'b' } };
    const stack = await stacks.deployed(options);
    expect(await stacks.update(stack, stack)).toMatchObject({
      Status: 'SUCCESS', PhysicalResourceId: 'kept', Data: { RepositoryName: NAME, Arn: ARN, RepositoryUri: live().uri },
    });
    expect(writes()).toEqual([]);
  });

  test.each(Object.keys(CATALOG) as Array<keyof typeof CATALOG>)('changes and removes %s', async member => {
    const other = { ...CATALOG, [member]: Array.isArray(CATALOG[member]) ? ['Other'] : 'other' };
    const without = { ...CATALOG, [member]: undefined };
    const first = await stacks.deployed({ catalogData: CATALOG });
    const second = stacks.of({ catalogData: other });
    await success(stacks.update(first, second));
    expect(live().catalogData).toEqual(other);
    expect(writes()).toEqual(['PutRepositoryCatalogData']);
    await success(stacks.update(second, stacks.of({ catalogData: without })));
    expect(live().catalogData?.[member]?.length ?? 0).toBe(0);
    expect(live().catalogData).toMatchObject(Object.fromEntries(Object.entries(CATALOG).filter(([key]) => key !== member)));
  });

  test('clears catalog data that left the template, and keeps data that was never in it', async () => {
    const first = await stacks.deployed({ catalogData: CATALOG });
    await success(stacks.update(first, stacks.of()));
    for (const value of Object.values(live().catalogData ?? {})) expect(value).toHaveLength(0);
    account.ecrPublic.seed({
      repositoryName: NAME,
      catalogData: { description: 'by hand' },
      policyText: JSON.stringify({
        Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr-public:PutImage' }],
      }),
    });
    await success(stacks.update(stacks.of(), stacks.of({ tags: { a: 'b' } })));
    expect(live()).toMatchObject({ catalogData: { description: 'by hand' }, policy: {} });
  });

  test('ignores order, line endings, and repetition', async () => {
    const first = await stacks.deployed({ catalogData: { ...CATALOG, aboutText: 'one\r\ntwo\r\n' } });
    account.ecrPublic.seed({
      repositoryName: NAME, catalogData: { ...CATALOG, aboutText: 'one\ntwo', architectures: [...CATALOG.architectures].reverse() },
    });
    await success(stacks.update(first, first));
    expect(writes()).toEqual([]);
  });

  test('fails if ECR stores different catalog data', async () => {
    const stack = stacks.of({ catalogData: CATALOG });
    account.ecrPublic.onCall = call => {
      if (call.operation === 'PutRepositoryCatalogData') {
        account.ecrPublic.seed({ repositoryName: NAME, catalogData: { ...CATALOG, usageText: 'cut' } });
      }
    };
    expect((await stacks.send(stack, 'Create'))?.Reason)
      .toMatch(/: 60 seconds after its catalog data was written, ECR Public returns different values \(usageText\)\. Deploy again\. If/);
  });

  describe('waits half a minute until ECR Public shows', () => {
    const [before, after] = [{ description: 'before' }, { description: 'after' }];
    const policyText = (principal: string) => JSON.stringify({
      Version: '2012-10-17', Statement: [{ Sid: 'Push', Effect: 'Allow', Principal: { AWS: principal }, Action: 'ecr-public:PutImage' }],
    });

    test.each<[string, string, string, Options, Options, () => void]>([
      ['tags', 'TagResource', 'ListTagsForResource', { tags: { a: '1' } }, { tags: { a: '2' } },
        () => account.ecrPublic.retag(NAME, { a: '1' })],
      ['catalog data', 'PutRepositoryCatalogData', 'GetRepositoryCatalogData', { catalogData: before }, { catalogData: after },
        () => account.ecrPublic.seed({ repositoryName: NAME, catalogData: before })],
      ['a policy', 'SetRepositoryPolicy', 'GetRepositoryPolicy', { statements: [push('111111111111')] },
        { statements: [push('222222222222')] },
        () => account.ecrPublic.seed({ repositoryName: NAME, policyText: policyText('111111111111') })],
    ])('%s that it wrote once', async (_what, writing, reading, from, to, showBefore) => {
      const first = await stacks.deployed(from);
      let written: ReturnType<typeof live> | undefined;
      let readings = 0;
      account.ecrPublic.onCall = ({ operation }) => {
        if (operation === writing) {
          written = live();
          showBefore();
        }
        if (operation !== reading || !written || ++readings !== 5) return;
        const { tags, catalogData, policy } = written;
        account.ecrPublic.retag(NAME, tags);
        account.ecrPublic.seed({ repositoryName: NAME, catalogData, ...policy ? { policyText: JSON.stringify(policy) } : {} });
      };
      await success(stacks.update(first, stacks.of(to)));
      expect(writes()).toEqual([writing]);
      expect(readings).toBe(6);
    });

    test('a new repository, and returns its URI', async () => {
      const stack = stacks.of();
      let readings = 0;
      account.ecrPublic.onCall = ({ operation }) => {
        const isSettled = calls().join() === 'ListTagsForResource,CreateRepository,ListTagsForResource';
        if (operation === 'ListTagsForResource' && isSettled) account.ecrPublic.vanish(NAME);
        if (operation === 'DescribeRepositories' && ++readings === 5) account.ecrPublic.seed({ repositoryName: NAME });
      };
      expect(await stacks.send(stack, 'Create')).toMatchObject({ Status: 'SUCCESS', Data: { RepositoryUri: live().uri } });
      expect(readings).toBe(6);
    });
  });

  test('fails if tags or a policy never appear, and does not name a culprit', async () => {
    const first = await stacks.deployed();
    account.ecrPublic.onCall = ({ operation }) => { if (operation === 'TagResource') account.ecrPublic.retag(NAME, { a: undefined }); };
    expect((await stacks.update(first, stacks.of({ tags: { a: '1' } })))?.Reason)
      .toMatch(/^Public repository 'team\/tool': ECR Public does not return its tags 60 seconds after they were written: a\. Deploy again\. If/);
    account.ecrPublic.onCall = ({ operation }) => {
      const policyText = JSON.stringify({
        Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr-public:PutImage' }],
      });
      if (operation === 'SetRepositoryPolicy') account.ecrPublic.seed({ repositoryName: NAME, policyText });
    };
    expect((await stacks.update(first, stacks.of({ statements: [push('111111111111')] })))?.Reason)
      .toMatch(/^Public repository 'team\/tool': 60 seconds after its policy was written, ECR Public returns a different policy\. Deploy again\. If/);
    expect(writes()).toEqual(['TagResource', 'SetRepositoryPolicy']);
  });

  test('returns the message of ECR about invalid catalog data', async () => {
    const stack = stacks.of({ catalogData: CATALOG });
    const ResourceProperties = { ...stack.customResourceProperties(stacks.idOf(stack)), Description: 'x'.repeat(1_025) };
    expect((await stacks.send(stack, 'Create', { ResourceProperties }))?.Reason)
      .toMatch(/^Public repository 'team\/tool': ECR Public rejected its catalog data\. Correct it, then deploy again\.\n.*description/);
  });

  test('adds a statement, changes it, and removes the last one', async () => {
    const none = await stacks.deployed();
    const [one, other] = [
      stacks.of({ statements: [push('111111111111')] }), stacks.of({ statements: [push('111111111111', '222222222222')] }),
    ];
    await success(stacks.update(none, one));
    await success(stacks.update(one, other));
    expect(live().policy?.Statement)
      .toMatchObject([{ Principal: { AWS: ['arn:aws:iam::111111111111:root', 'arn:aws:iam::222222222222:root'] } }]);
    await success(stacks.update(other, none));
    expect(live().policy).toBeUndefined();
    expect(writes()).toEqual(['SetRepositoryPolicy', 'SetRepositoryPolicy', 'DeleteRepositoryPolicy']);
  });

  test('removes tags that left the template, keeps tags of others, and restores changed values', async () => {
    const first = await stacks.deployed({ tags: { a: '1', b: '2' } });
    account.ecrPublic.retag(NAME, { theirs: 'x', b: 'changed' });
    await success(stacks.update(first, stacks.of({ tags: { b: '2', c: '3' } })));
    expect(live().tags).toEqual({ [MARK]: stacks.markOf(first), theirs: 'x', b: '2', c: '3' });
    expect(writes()).toEqual(['TagResource', 'UntagResource']);
  });

  test('fails if the repository cannot have another tag', async () => {
    const first = await stacks.deployed();
    account.ecrPublic.retag(NAME, Object.fromEntries([...Array(49).keys()].map(n => [`t${n}`, ''])));
    expect((await stacks.update(first, stacks.of({ tags: { a: '1' } })))?.Reason)
      .toContain('would have more than the 50 tags that ECR allows. Remove some');
  });

  test.each([
    ['none', undefined, `it has no tag ${MARK}`],
    ['another stack\'s', `${OTHER_UUID}:Gallery`, `its tag ${MARK} is ${OTHER_UUID}:Gallery`],
    ['another resource\'s of this stack', `${UUID}:Other`, `its tag ${MARK} is ${UUID}:Other`],
  ])('refuses a repository without its own mark, except in a rollback,'
    + ' and returns the command that takes it over: %s', async (_whose, mark, because) => {
    const stack = await stacks.deployed({ catalogData: CATALOG });
    account.ecrPublic.retag(NAME, { [MARK]: mark });
    const before = live();
    stacks.status(stack, 'UPDATE_IN_PROGRESS');
    const after = stacks.of({ catalogData: CATALOG, tags: { a: 'b' } });
    const answer = await stacks.update(stack, after);
    expect(answer?.Reason).toContain(`already exists and does not belong to this stack (${because}). Nothing was changed.`);
    expect(live()).toEqual(before);
    const [, value] = new RegExp(`--tags Key=${MARK},Value=(\\S+)$`).exec(answer!.Reason)!;
    expect(value).toBe(stacks.markOf(stack));
    stacks.status(stack, 'UPDATE_ROLLBACK_IN_PROGRESS');
    expect(await stacks.update(stack, stack)).toMatchObject({ Status: 'SUCCESS', Data: { RepositoryUri: live().uri } });
    expect(logs()).toContain('the stack is rolling back, so this error is ignored');
    account.ecrPublic.retag(NAME, { [MARK]: value });
    stacks.status(stack, 'UPDATE_IN_PROGRESS');
    await success(stacks.update(stack, after));
    expect(live().tags).toEqual({ a: 'b', [MARK]: value });
  });

  test('creates a repository again that somebody deleted', async () => {
    const stack = await stacks.deployed({ catalogData: CATALOG, statements: [push('111111111111')], tags: { a: 'b' } });
    account.ecrPublic.vanish(NAME);
    await success(stacks.update(stack, stack));
    expect(live()).toMatchObject({ exists: true, catalogData: CATALOG, policy: {}, tags: { a: 'b', [MARK]: stacks.markOf(stack) } });
  });

  test('fails before any change if a token name changed', async () => {
    const template = (name: string) => {
      const scope = new Stack(new App(), 'Stack');
      repository({ repositoryName: new CfnParameter(scope, 'Name').valueAsString })(scope);
      return new DeployedStack(stacks.of().stackId, Template.fromStack(scope).toJSON().Resources, { Name: name });
    };
    const [one, two] = [template('one/x'), template('two/x')];
    await success(stacks.send(one, 'Create'));
    stacks.status(one, 'UPDATE_IN_PROGRESS');
    account.ecrPublic.clearCalls();
    expect((await stacks.update(one, two))?.Reason)
      .toMatch(/^Public repository 'two\/x' cannot replace 'one\/x' in the same construct, .*\. Give the construct a different id/);
    expect(writes()).toEqual([]);
    expect(account.ecrPublic.repository('two/x').exists).toBe(false);
    stacks.status(one, 'UPDATE_ROLLBACK_IN_PROGRESS');
    await success(stacks.update(two, one));
  });

  test('keeps the old repository and logs that after a changed literal name', async () => {
    const before = await stacks.deployed();
    const after = stacks.of({ repositoryName: 'team/new' });
    expect(after.logicalIds(TYPE)).not.toEqual(before.logicalIds(TYPE));
    stacks.status(before, 'UPDATE_IN_PROGRESS');
    await success(stacks.send(after, 'Create'));
    stacks.status(before, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    await success(stacks.send(before, 'Delete'));
    expect(live()).toMatchObject({ exists: true, tags: {} });
    expect(account.ecrPublic.repository('team/new').exists).toBe(true);
    expect(logs()).toContain(`public repository '${NAME}' is kept with its images: the template retains it;`
      + ` to delete it yourself: aws ecr-public delete-repository --region us-east-1 --repository-name ${NAME} --force`);
  });
});

describe('the logo', () => {
  const withLogo = (...picture: Parameters<typeof png>) => stacks.of({ catalogData: { ...CATALOG, logo: logoFile(png(...picture)) } });

  test('is added, changed, and removed', async () => {
    const [none, one, other] = [await stacks.deployed({ catalogData: CATALOG }), withLogo(60), withLogo(61)];
    await publish(one, 'picture one');
    await publish(other, 'picture two');
    await success(stacks.update(none, one));
    const first = live().catalogData;
    expect(first).toEqual({ ...CATALOG, logoUrl: expect.any(String) });
    await success(stacks.update(one, other));
    expect(live().catalogData?.logoUrl).not.toBe(first?.logoUrl);
    await success(stacks.update(other, one));
    expect(live().catalogData).toEqual(first);
    await success(stacks.update(one, one));
    await success(stacks.update(one, none));
    expect(live().catalogData).toEqual(CATALOG);
    expect(writes()).toEqual(Array(4).fill('PutRepositoryCatalogData'));
  });

  test('is kept when only the texts change', async () => {
    const path = logoFile(png(60));
    const [one, other] = [stacks.of({ catalogData: { logo: path } }), stacks.of({ catalogData: { logo: path, description: 'new' } })];
    await publish(one, 'picture');
    await success(stacks.send(one, 'Create'));
    const { logoUrl } = live().catalogData!;
    await success(stacks.update(one, other));
    expect(live().catalogData).toEqual({ description: 'new', logoUrl });
  });

  test('fails the request if it was not published, or was removed since', async () => {
    account.s3.bucket(ASSETS);
    expect((await stacks.send(withLogo(60), 'Create'))?.Reason)
      .toMatch(new RegExp(`^Public repository 'team/tool': its logo s3://${ASSETS}/[0-9a-f]{64}\\.png cannot be read \\(.+\\)`
        + '\\. Check that this asset was published'));
  });

  test('can be read only by its own key', async () => {
    const [one, other] = [withLogo(60), withLogo(61)];
    await publish(one, 'one');
    await publish(other, 'two');
    const { LogoKey } = other.customResourceProperties(stacks.idOf(other));
    const ResourceProperties = { ...one.customResourceProperties(stacks.idOf(one)), LogoKey };
    expect((await stacks.send(one, 'Create', { ResourceProperties }))?.Reason).toContain('cannot be read');
  });

  test('is uploaded byte for byte', async () => {
    const bytes = png(60, 60, Buffer.from([...Array(256).keys()]));
    const server = await LoopbackServer.start(async ({ response }) => {
      response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    });
    const stack = stacks.of({ catalogData: { logo: logoFile(bytes) } });
    const answer = await account.request((surroundings, clients) => publicRepositoryHandler(surroundings, {
      ...clients,
      s3: () => new S3Client({
        region: 'us-east-1', endpoint: server.url, forcePathStyle: true, credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
      }),
    }), stack, 'Create', stacks.idOf(stack));
    await server.stop();
    await success(answer);
    const { input } = account.ecrPublic.calls.find(call => call.operation === 'PutRepositoryCatalogData')!;
    expect(Buffer.from((input.catalogData as { logoImageBlob: string }).logoImageBlob, 'base64')).toEqual(bytes);
  });
});
