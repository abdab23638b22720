import {
  BatchGetImageCommand, DescribeImagesCommand, DescribeRepositoriesCommand, ECRClient, ListImagesCommand, PutImageCommand,
} from '@aws-sdk/client-ecr';
import type { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { repositoryPolicyHandler } from '../../../lambda/repository-policy/handler';
import { ExistingRepository, RepositoryPrincipal } from '../../../src';
import type { Statement } from '../../../src/core/policy/document';
import type { IamStatement } from '../../local-ecr/iam';
import { OCI_MANIFEST } from '../../local-ecr/manifest';
import type { PrincipalProps } from '../../local-ecr/principal';
import { clientOf } from '../../local-ecr/test-client';
import { DeployedStack } from '../deployed-stack';
import { account, send, startForEachTest, success, update } from '../handler-scene';
import { OUR_ENVIRONMENT, stackThatReachesOut } from '../other-account';

const TYPE = 'Custom::EcrRepositoryPolicy';
const repository = { registryId: OUR_ENVIRONMENT.account, repositoryName: 'team/shared' };
const ARN = `arn:aws:ecr:us-east-1:${repository.registryId}:repository/team/shared`;
const THEIRS = '222222222222';
const STRANGER = '333333333333';
const FOREIGN: Statement = { Sid: 'Theirs', Effect: 'Allow', Principal: { AWS: '555555555555' }, Action: 'ecr:BatchGetImage' };
const FOREIGNER: PrincipalProps = { account: '555555555555' };

const ORGANIZATION = 'o-a1b2c3d4e5';
const ROOT = `${ORGANIZATION}/r-ab12`;
const UNIT = `${ROOT}/ou-ab12-11111111`;
const GITHUB = 'token.actions.githubusercontent.com';

/** Returns a session of a role, whose name may have a path. */
const session = (name: string, owner = THEIRS): PrincipalProps => ({
  account: owner, roleArn: `arn:aws:iam::${owner}:role/${name}`, arn: `arn:aws:sts::${owner}:assumed-role/${name.split('/').pop()}/session`,
});
const user = (name: string): PrincipalProps => ({ account: THEIRS, arn: `arn:aws:iam::${THEIRS}:user/${name}` });
const memberOf = (organization: string, path: string): PrincipalProps =>
  ({ account: THEIRS, context: { 'aws:PrincipalOrgID': organization, 'aws:PrincipalOrgPaths': [path] } });
const inUnit = (path: string) => memberOf(path.split('/')[0], path);
/** Follows the documentation of aws:FederatedProvider for identity providers outside AWS, such as GitHub. */
const through = (issuer: string, of: PrincipalProps, owner = THEIRS): PrincipalProps =>
  ({ ...of, context: { 'aws:FederatedProvider': `arn:aws:iam::${owner}:oidc-provider/${issuer}` } });
const lambdaFor = (name: string, { account: owner = THEIRS, region = 'us-east-1' } = {}): PrincipalProps =>
  ({
    service: 'lambda.amazonaws.com',
    context: { 'aws:SourceArn': `arn:aws:lambda:${region}:${owner}:function:${name}`, 'aws:SourceAccount': owner },
  });

interface Kind {
  readonly granted: () => iam.IGrantable;
  readonly meant: Readonly<Record<string, PrincipalProps>>;
  readonly others: Readonly<Record<string, PrincipalProps>>;
}

const KINDS: Record<string, Kind> = {
  'accounts': {
    granted: () => RepositoryPrincipal.accounts(THEIRS, '444444444444'),
    meant: { 'a role of it': session('any'), 'a user of it': user('any'), 'the other account': { account: '444444444444' } },
    others: { 'another account': { account: STRANGER }, 'Lambda, for a function of it': lambdaFor('any') },
  },
  'organizations': {
    granted: () => RepositoryPrincipal.organizations(ORGANIZATION),
    meant: { 'an account at its root': inUnit(`${ROOT}/`), 'one in a unit': inUnit(`${UNIT}/`) },
    others: {
      'another organization': inUnit('o-a1b2c3d4e6/r-ab12/'),
      'one whose id begins so': inUnit(`${ORGANIZATION}6/r-ab12/`),
      'an account without one': { account: THEIRS },
      'Lambda': lambdaFor('any'),
    },
  },
  'organizationalUnits': {
    granted: () => RepositoryPrincipal.organizationalUnits(UNIT),
    meant: { 'an account in it': inUnit(`${UNIT}/`), 'one in a unit below it': inUnit(`${UNIT}/ou-ab12-22222222/ou-ab12-33333333/`) },
    others: {
      'a unit beside it': inUnit(`${ROOT}/ou-ab12-22222222/`),
      'one whose id begins so': inUnit(`${UNIT}1/`),
      'the root above it': inUnit(`${ROOT}/`),
      'that unit of another organization': inUnit(UNIT.replace(ORGANIZATION, 'o-a1b2c3d4e6') + '/'),
      'an account without one': { account: THEIRS },
    },
  },
  'organizationalUnits that are written with a slash at the end': {
    granted: () => RepositoryPrincipal.organizationalUnits(`${UNIT}/`),
    meant: { 'an account in it': inUnit(`${UNIT}/`), 'one in a unit below it': inUnit(`${UNIT}/ou-ab12-22222222/`) },
    others: { 'a unit beside it': inUnit(`${ROOT}/ou-ab12-22222222/`), 'one whose id begins so': inUnit(`${UNIT}1/`) },
  },
  'roles': {
    granted: () => RepositoryPrincipal.roles(`arn:aws:iam::${THEIRS}:role/ci/deploy-*`, 'arn:aws:iam::444444444444:role/node'),
    meant: {
      'one that matches': session('ci/deploy-web'),
      'a second one': session('ci/deploy-api'),
      'one further down the path': session('ci/deploy-web/eu'),
      'that of the other account': session('node', '444444444444'),
    },
    others: {
      'another role of the account': session('ci/build'),
      'that name without the path': session('deploy-web'),
      'that name elsewhere': session('ci/deploy-web', STRANGER),
      'the name of one in the account of the other': session('node'),
      'a user': user('ci/deploy-web'),
      'Lambda': lambdaFor('any'),
    },
  },
  'oidcRoles': {
    granted: () => RepositoryPrincipal.oidcRoles(GITHUB, `arn:aws:iam::${THEIRS}:role/ci`),
    meant: { 'the role, assumed through it': through(GITHUB, session('ci')) },
    others: {
      'the role, not assumed through OIDC': session('ci'),
      'the role, assumed through another provider': through('gitlab.com', session('ci')),
      'the role, assumed through a provider whose name begins so': through(`${GITHUB}/octo`, session('ci')),
      'another role, assumed through it': through(GITHUB, session('cd')),
      'the role of another account, assumed through its own': through(GITHUB, session('ci', STRANGER), STRANGER),
    },
  },
  'lambdaFunctions of every Region': {
    granted: () => RepositoryPrincipal.lambdaFunctions(THEIRS),
    meant: {
      'Lambda, for a function': lambdaFor('resize'),
      'Lambda, in another Region': lambdaFor('resize', { region: 'eu-west-1' }),
      'a role that creates functions there': session('deployer'),
    },
    others: {
      'Lambda, for a function of another account': lambdaFor('resize', { account: STRANGER }),
      'Lambda, without a source': { service: 'lambda.amazonaws.com' },
      'another service': { ...lambdaFor('resize'), service: 'ecs.amazonaws.com' },
      'another account': { account: STRANGER },
    },
  },
  'lambdaFunctions of a Region and a name': {
    granted: () => RepositoryPrincipal.lambdaFunctions(THEIRS, { region: 'us-east-1', functionName: 'resize-*' }),
    meant: {
      'Lambda, for such a function': lambdaFor('resize-images'),
      'Lambda, for a version of it': lambdaFor('resize-images:7'),
      'a role that creates functions there': session('deployer'),
    },
    others: {
      'Lambda, in another Region': lambdaFor('resize-images', { region: 'eu-west-1' }),
      'Lambda, for a function of another name': lambdaFor('crop'),
      'Lambda, for that of another account': lambdaFor('resize-images', { account: STRANGER }),
      'another account': { account: STRANGER },
    },
  },
  'the service principal of AWS Lambda, as in DockerImageCode.fromEcr': {
    granted: () => new iam.ServicePrincipal('lambda.amazonaws.com'),
    meant: { 'Lambda, for a function of our account': lambdaFor('any', OUR_ENVIRONMENT) },
    others: {
      'Lambda, for a function of another account': lambdaFor('any'),
      'Lambda, in another Region': lambdaFor('any', { ...OUR_ENVIRONMENT, region: 'eu-west-1' }),
      'Lambda, without a source': { service: 'lambda.amazonaws.com' },
      'another account': { account: THEIRS },
    },
  },
};

startForEachTest({ handler: repositoryPolicyHandler, resourceType: TYPE });
let client: ECRClient;
beforeEach(() => {
  account.ecr.repositoryPolicies = 'enforced';
  account.ecr.seed({ ...repository, images: 1, policyText: JSON.stringify({ Version: '2012-10-17', Statement: [FOREIGN] }) });
  client = clientOf(account.ecr, 'caller');
});
afterEach(() => client.destroy());

const granting = (grant: (shared: ExistingRepository) => unknown) => (stack: Stack) => {
  grant(ExistingRepository.fromRepositoryName(stack, 'Shared', repository.repositoryName));
};
/** Has another grant, because without any statement there would be no resource to update. */
const withoutIt = granting(shared => shared.grantPull(RepositoryPrincipal.accounts('777777777777')));

const manifest = JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config: { size: 1 }, layers: [] });
const ACTIONS = {
  pull: () => client.send(new BatchGetImageCommand({ ...repository, imageIds: [{ imageTag: 'v1' }] }))
    .then(({ images }) => expect(images).toHaveLength(1)),
  push: () => client.send(new PutImageCommand({ ...repository, imageManifest: manifest, imageTag: `pushed-${account.ecr.calls.length}` })),
  describe: async () => {
    await client.send(new DescribeImagesCommand(repository));
    await client.send(new DescribeRepositoriesCommand({ registryId: repository.registryId, repositoryNames: [repository.repositoryName] }));
  },
  list: () => client.send(new ListImagesCommand(repository)),
};

async function may(who: PrincipalProps, action: keyof typeof ACTIONS = 'pull'): Promise<boolean> {
  account.ecr.principal('caller', who);
  try {
    await ACTIONS[action]();
    return true;
  } catch (error) {
    expect(error).toMatchObject({ name: 'AccessDeniedException' });
    return false;
  }
}

/** Returns the names of the principals that may pull. */
async function pullers(who: Readonly<Record<string, PrincipalProps>>): Promise<string[]> {
  const found = new Array<string>();
  for (const [name, props] of Object.entries(who)) if (await may(props)) found.push(name);
  return found;
}

describe.each([
  ['a stack whose environment is known', (build: (stack: Stack) => void) => stackThatReachesOut(build)],
  ['an environment-agnostic stack', (build: (stack: Stack) => void) => DeployedStack.of('Build', build)],
])('%s', (_what, stackOf) => {
  test.each(Object.keys(KINDS))('a grant to %s lets only the intended principals pull, and only while it exists', async kind => {
    const { granted, meant, others } = KINDS[kind];
    const everybody = { ...meant, ...others, foreigner: FOREIGNER };
    const names = Object.keys(meant);
    const before = stackOf(granting(shared => shared.grantPull(granted())));
    const after = stackOf(withoutIt);
    expect(Object.keys(everybody)).toHaveLength(names.length + Object.keys(others).length + 1);
    expect(await pullers(everybody)).toEqual(['foreigner']);

    await success(send(before, 'Create'));
    expect(await pullers(everybody)).toEqual([...names, 'foreigner']);
    for (const who of Object.values(meant)) expect(await may(who, 'push')).toBe(false);

    await success(update(before, after));
    expect(await pullers(everybody)).toEqual(['foreigner']);
    await success(update(after, before));
    expect(await pullers(everybody)).toEqual([...names, 'foreigner']);

    await success(send(before, 'Delete'));
    expect(await pullers(everybody)).toEqual(['foreigner']);
    expect(account.ecr.repository(repository.repositoryName).policy?.Statement).toEqual([expect.objectContaining({ Sid: 'Theirs' })]);
  });
});

test.each([
  ['grantPull', ['pull']],
  ['grantPush', ['push']],
  ['grantPullPush', ['pull', 'push']],
  ['grantRead', ['describe']],
] as const)('%s of an account allows it to %j, and nothing else', async (grant, allowed) => {
  const stack = DeployedStack.of('Build', granting(shared => shared[grant](RepositoryPrincipal.accounts(THEIRS))));
  const actions = Object.keys(ACTIONS) as Array<keyof typeof ACTIONS>;
  const allowedOf = async (who: PrincipalProps) => {
    const found = new Array<string>();
    for (const action of actions) if (await may(who, action)) found.push(action);
    return found;
  };
  await success(send(stack, 'Create'));
  expect(await allowedOf({ account: THEIRS })).toEqual(allowed);
  expect(await allowedOf({ account: STRANGER })).toEqual([]);
  expect(await allowedOf(FOREIGNER)).toEqual(['pull']);
  await success(send(stack, 'Delete'));
  expect(await allowedOf({ account: THEIRS })).toEqual([]);
  expect(await allowedOf(FOREIGNER)).toEqual(['pull']);
});

test('an account with a grant decides which of its roles may pull', async () => {
  const own = (Resource: string): PrincipalProps => ({
    ...session('ci'), policy: [{ Effect: 'Allow', Action: 'ecr:BatchGetImage', Resource }] as IamStatement[],
  });
  await success(send(DeployedStack.of('Build', granting(shared => shared.grantPull(RepositoryPrincipal.accounts(THEIRS)))), 'Create'));
  expect(await may(own(ARN))).toBe(true);
  expect(await may(own(ARN.replace('shared', 'other')))).toBe(false);
});

test('a role that is deleted and created again may still pull, because no principal of the policy names it', async () => {
  const { granted, meant } = KINDS.roles;
  await success(send(DeployedStack.of('Build', granting(shared => shared.grantPull(granted()))), 'Create'));
  const { roleArn } = meant['one that matches'];
  account.ecr.deletePrincipal(roleArn!);
  account.ecr.principalExists(roleArn!, true);
  expect(await may(meant['one that matches'])).toBe(true);
});

test('grants to principals of several kinds exist side by side, and one can be removed alone', async () => {
  const { accounts, organizations, oidcRoles } = KINDS;
  const all = granting(shared => [accounts, organizations, oidcRoles].forEach(({ granted }) => shared.grantPull(granted())));
  const fewer = granting(shared => [accounts, oidcRoles].forEach(({ granted }) => shared.grantPull(granted())));
  const [before, after] = [DeployedStack.of('Build', all), DeployedStack.of('Build', fewer)];
  const elsewhere = { ...organizations.meant['one in a unit'], account: STRANGER };
  await success(send(before, 'Create'));
  expect(await may(elsewhere)).toBe(true);
  await success(update(before, after));
  expect(await may(elsewhere)).toBe(false);
  expect(await pullers({ ...accounts.meant, ...oidcRoles.meant })).toHaveLength(4);
});

test('if two stacks grant the same permission, the deletion of one does not revoke the grant of the other', async () => {
  const build = granting(shared => shared.grantPull(RepositoryPrincipal.accounts(THEIRS)));
  const [one, two] = [DeployedStack.of('One', build), DeployedStack.of('Two', build, '22222222-2222-2222-2222-222222222222')];
  await success(send(one, 'Create'));
  await success(send(two, 'Create'));
  await success(send(one, 'Delete'));
  expect(await may({ account: THEIRS })).toBe(true);
  await success(send(two, 'Delete'));
  expect(await may({ account: THEIRS })).toBe(false);
});
