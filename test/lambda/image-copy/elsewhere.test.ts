import { Stack } from 'aws-cdk-lib';
import { CopyScene } from './copy-scene';
import {
  AccountAccess, ExistingRepository, ImageCopy, ImageCopyProps, ImageSource, Repository, RepositoryCapability, TagRemovalPolicy,
} from '../../../src';
import type { IamStatement } from '../../local-ecr/iam';
import type { DeployedStack } from '../deployed-stack';
import { EXTERNAL_ID, letIn, OUR_ENVIRONMENT, stackThatReachesOut, THEIR_ENVIRONMENT, THEIR_ROLE } from '../other-account';

const WEST = { account: OUR_ENVIRONMENT.account, region: 'eu-west-1' };
const ACCESS: AccountAccess = { roleArn: THEIR_ROLE, externalId: EXTERNAL_ID };
type Where = typeof WEST;

let scene: CopyScene;
beforeEach(async () => { scene = await CopyScene.start(); });
afterEach(() => scene.stop());

const existing = (stack: Stack, id: string, name: string, { region, account }: Where, access?: AccountAccess) =>
  ExistingRepository.fromRepositoryArn(stack, id, `arn:aws:ecr:${region}:${account}:repository/${name}`, { access });
const reaching = (props: (stack: Stack) => ImageCopyProps): DeployedStack =>
  stackThatReachesOut(stack => { new ImageCopy(stack, 'Copy', props(stack)); });
const from = (where: Where, access?: AccountAccess, rest = {}) => reaching(stack => ({
  source: ImageSource.fromEcrRepository(existing(stack, 'From', 'theirs', where, access), 'v1'),
  repository: Repository.fromRepositoryName(stack, 'To', 'to'),
  ...rest,
}));
const to = (where: Where, access?: AccountAccess, rest = {}) => reaching(stack => ({
  source: ImageSource.fromEcrRepository(Repository.fromRepositoryName(stack, 'From', 'from'), 'v1'),
  repository: existing(stack, 'To', 'theirs', where, access),
  ...rest,
}));
const add = (name: string, where: Where = OUR_ENVIRONMENT) => {
  scene.ecr.seed({ repositoryName: name, ...where });
  return scene.ecr.addRealIndex({ repositoryName: name, ...where, tags: ['v1'], attestations: true });
};

describe('a source', () => {
  test('in another Region is read there, not in a repository of the same name here', async () => {
    const { digest } = add('theirs', WEST);
    scene.ecr.seed({ repositoryName: 'theirs' });
    scene.ecr.addRealImage({ repositoryName: 'theirs', tags: ['v1'] });
    scene.ecr.blobMounting('ENABLED');
    await scene.created(from(WEST));
    expect(scene.tags()).toEqual({ v1: digest });
    expect(await scene.pull('v1')).toEqual(await scene.pull('v1', 'theirs', WEST));
    expect(scene.ecr.calls.filter(({ repositoryName, region }) => repositoryName === 'theirs' && region !== 'eu-west-1')
      .filter(({ accessKeyId }) => accessKeyId !== 'puller')).toEqual([]);
    expect(scene.ecr.registryCalls.filter(({ query = '' }) => query.includes('mount'))).toEqual([]);
  });

  test('in another account is read with its role', async () => {
    const { digest } = add('theirs', THEIR_ENVIRONMENT);
    const stack = from(THEIR_ENVIRONMENT, ACCESS, { referrers: true });
    letIn(scene.account, stack, 'theirs', [RepositoryCapability.pull()]);
    await scene.created(stack);
    expect(scene.tags()).toEqual({ v1: digest });
    expect(await scene.pull('v1')).toEqual(await scene.pull('v1', 'theirs', THEIR_ENVIRONMENT));
  });

  test('in another account is an error if its role trusts another stack', async () => {
    add('theirs', THEIR_ENVIRONMENT);
    const stack = from(THEIR_ENVIRONMENT, ACCESS);
    letIn(scene.account, stack, 'theirs', [RepositoryCapability.pull()], { stackName: 'Another', ...OUR_ENVIRONMENT });
    expect(await scene.refusal(stack)).toMatch(/^Repository 'theirs': the role \S+ cannot be assumed\. Let it trust this function's role/);
  });

  const theirPolicy = (principal: string) => JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: principal }, Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'] }],
  });

  test('in another account is read if the policy of its repository allows it', async () => {
    scene.ecr.repositoryPolicies = 'enforced';
    const there = { account: THEIR_ENVIRONMENT.account, region: 'us-east-1' };
    scene.ecr.seed({ repositoryName: 'theirs', ...there, policyText: theirPolicy('000000000000') });
    const { digest } = add('theirs', there);
    await scene.created(from(there, undefined, { referrers: true }));
    expect(scene.tags()).toEqual({ v1: digest });
  });

  test('in another account is an error without a policy of its repository', async () => {
    scene.ecr.repositoryPolicies = 'enforced';
    const there = { account: THEIR_ENVIRONMENT.account, region: 'us-east-1' };
    add('theirs', there);
    expect(await scene.refusal(from(there)))
      .toMatch(/is not allowed to read repository 'theirs' of account 222222222222\. Allow this function's role to pull\. If the repository belongs to another account, its policy must allow/);
  });
});

test.each([
  ['assumed', /^Repository 'to': this function is not allowed to read repository 'theirs' of account \d+\./],
  ['other', /^Repository 'to': there is no repository 'theirs' of account \d+\./],
] as const)('a source that is missing in another account is an error (missing-repository-cross-account: %s)', async (reading, error) => {
  scene.account.readings.set('missing-repository-cross-account', reading);
  scene.ecr.repositoryPolicies = 'enforced';
  expect(await scene.refusal(from(THEIR_ENVIRONMENT))).toMatch(error);
});

describe('a destination', () => {
  test('in another Region gets the image, and its tags are removed there', async () => {
    const index = add('from');
    scene.ecr.seed({ repositoryName: 'theirs', ...WEST });
    const stack = to(WEST, undefined, { tagRemovalPolicy: TagRemovalPolicy.DESTROY });
    expect((await scene.created(stack)).Data.ImageDigestHex).toBe(index.digest.slice(7));
    expect(await scene.pull('v1', 'theirs', WEST)).toEqual(await scene.pull('v1', 'from'));
    expect(scene.digests()).toEqual([]);
    expect(await scene.delete(stack, 'DELETE_IN_PROGRESS')).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.tags('theirs', WEST)).toEqual({});
    expect(scene.ecr.repository('theirs', WEST).images.some(({ digest }) => digest === index.digest)).toBe(false);
  });

  test('in another account is written with its role, and large layers through its endpoint', async () => {
    scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'], layers: [Buffer.alloc(6_000_000, 'x'), Buffer.from('y')] });
    scene.ecr.seed({ repositoryName: 'theirs', ...THEIR_ENVIRONMENT });
    const stack = to(THEIR_ENVIRONMENT, ACCESS, { tagRemovalPolicy: TagRemovalPolicy.DESTROY });
    letIn(scene.account, stack, 'theirs', [RepositoryCapability.push(), RepositoryCapability.deleteImages()]);
    await scene.created(stack);
    expect(await scene.pull('v1', 'theirs', THEIR_ENVIRONMENT)).toEqual(await scene.pull('v1', 'from'));
    expect(scene.ecr.registryCalls.map(({ method }) => method)).toContain('PATCH');
    expect(await scene.delete(stack, 'DELETE_IN_PROGRESS')).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.ecr.images('theirs', THEIR_ENVIRONMENT)).toBe(0);
  });

  test('in another account retains the image without permission to delete it', async () => {
    add('from');
    scene.ecr.seed({ repositoryName: 'theirs', ...THEIR_ENVIRONMENT });
    const stack = to(THEIR_ENVIRONMENT, ACCESS);
    letIn(scene.account, stack, 'theirs', [RepositoryCapability.push()]);
    await scene.created(stack);
    expect(await scene.delete(stack, 'DELETE_IN_PROGRESS')).toMatchObject({ Status: 'SUCCESS' });
    expect(await scene.pull('v1', 'theirs', THEIR_ENVIRONMENT)).toEqual(await scene.pull('v1', 'from'));
    expect(scene.ecr.calls.map(({ operation }) => operation)).not.toContain('BatchDeleteImage');
  });

  test('in the other account of the source shares layers with it', async () => {
    const { digest } = add('theirs', THEIR_ENVIRONMENT);
    scene.ecr.seed({ repositoryName: 'theirs2', ...THEIR_ENVIRONMENT });
    scene.ecr.blobMounting('ENABLED', THEIR_ENVIRONMENT);
    const stack = reaching(scope => ({
      source: ImageSource.fromEcrRepository(existing(scope, 'From', 'theirs', THEIR_ENVIRONMENT, ACCESS), 'v1'),
      repository: existing(scope, 'To', 'theirs2', THEIR_ENVIRONMENT, ACCESS),
    }));
    const { sts } = scene.account;
    const policy = new Array<IamStatement>();
    const role = sts.role.bind(sts);
    sts.role = (arn, props) => {
      policy.push(...props.policy ?? []);
      return role(arn, { ...props, policy });
    };
    for (const name of ['theirs', 'theirs2']) letIn(scene.account, stack, name, [RepositoryCapability.push(), RepositoryCapability.pull()]);
    expect((await scene.created(stack)).Data).toMatchObject({ ImageDigestHex: digest.slice(7), BytesSent: '0' });
    expect(scene.ecr.downloads).toEqual([]);
  });
});
