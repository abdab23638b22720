import { GetRepositoryPolicyCommand, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { answerOf, missingRole, Probe, ProbeWorld } from './probe';

const FAKE = 'local-ecr/repository-policy.ts';
const REFUSED = 'InvalidParameterException';
const READINGS = 'test/lambda/repository-policy/readings.test.ts';
const PROBLEMS = 'src/core/policy/problems.ts';

type PolicyStatement = Readonly<Record<string, unknown>>;

/** Gives nobody new permissions, because it names only the account of the repository. */
const allow = ({ account }: ProbeWorld, more: PolicyStatement = {}): PolicyStatement => ({
  Effect: 'Allow', Principal: { AWS: account }, Action: 'ecr:DescribeImages', ...more,
});

const textOf = (statements: readonly PolicyStatement[], Version = '2012-10-17') => JSON.stringify({ Version, Statement: statements });

function set({ clients: { ecr } }: ProbeWorld, repositoryName: string, policyText: string): Promise<unknown> {
  return ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText }));
}

/** Returns whether a repository can have the policy. */
async function isValid(world: ProbeWorld, ...statements: readonly PolicyStatement[]): Promise<string> {
  return answerOf(set(world, await world.repository(), textOf(statements)));
}

async function live({ clients: { ecr } }: ProbeWorld, repositoryName: string): Promise<{ Version: string; Statement: PolicyStatement[] }> {
  const { policyText = '' } = await ecr.send(new GetRepositoryPolicyCommand({ repositoryName }));
  return JSON.parse(policyText) as { Version: string; Statement: PolicyStatement[] };
}

/** Policies of private repositories: their syntax, and what Amazon ECR returns. */
export const REPOSITORY_POLICIES = [
  {
    id: 'sid-kept',
    fact: 'A policy is returned with every Sid as it was set',
    assumed: 'unchanged',
    other: 'changed',
    fake: FAKE,
    rests: ['src/core/policy/ownership.ts', 'lambda/shared/policy/statements.ts'],
    otherwise: READINGS,
    async ask(world) {
      const repositoryName = await world.repository();
      const Sid = 'Letters and-more_1';
      // a refused Sid is not a changed one
      if (await answerOf(set(world, repositoryName, textOf([allow(world, { Sid })]))) !== 'accepted') return 'unchanged';
      return (await live(world, repositoryName)).Statement[0].Sid === Sid ? 'unchanged' : 'changed';
    },
  },
  {
    id: 'sid-characters',
    fact: 'A Sid in a repository policy can contain spaces, hyphens, and underscores',
    assumed: 'accepted',
    other: REFUSED,
    fake: FAKE,
    rests: [PROBLEMS],
    otherwise: READINGS,
    ask: world => isValid(world, allow(world, { Sid: 'Letters and-more_1' })),
  },
  {
    id: 'sid-twice',
    fact: 'Two statements of a repository policy can have the same Sid',
    assumed: 'accepted',
    other: REFUSED,
    fake: FAKE,
    rests: ['src/core/policy/ownership.ts'],
    otherwise: READINGS,
    ask: world => isValid(world, allow(world, { Sid: 'Twice' }), allow(world, { Sid: 'Twice', Action: 'ecr:ListImages' })),
  },
  {
    id: 'action-star',
    fact: 'A repository policy cannot have the action "*"',
    assumed: REFUSED,
    other: 'accepted',
    fake: FAKE,
    rests: [PROBLEMS],
    otherwise: READINGS,
    ask: world => isValid(world, allow(world, { Action: '*' })),
  },
  {
    id: 'token-in-repository-policy',
    fact: 'A repository policy can name ecr:GetAuthorizationToken, which has no effect there',
    assumed: 'accepted',
    other: REFUSED,
    fake: FAKE,
    rests: ['lambda/shared/policy/live-policy.ts'],
    otherwise: READINGS,
    ask: world => isValid(world, allow(world, { Action: ['ecr:GetAuthorizationToken', 'ecr:BatchGetImage'] })),
  },
  {
    id: 'policy-resource',
    fact: 'A statement of a repository policy cannot have a Resource',
    assumed: REFUSED,
    other: 'accepted',
    fake: FAKE,
    rests: [PROBLEMS],
    otherwise: READINGS,
    ask: world => isValid(world, allow(world, { Resource: '*' })),
  },
  {
    id: 'policy-not-action',
    fact: 'A statement of a repository policy cannot have a NotAction',
    assumed: REFUSED,
    other: 'accepted',
    fake: FAKE,
    rests: [PROBLEMS],
    otherwise: READINGS,
    ask: world => isValid(world, { Effect: 'Allow', Principal: { AWS: world.account }, NotAction: 'ecr:PutImage' }),
  },
  {
    id: 'policy-federated',
    fact: 'A repository policy cannot name an identity provider as principal',
    assumed: REFUSED,
    other: 'accepted',
    fake: FAKE,
    rests: ['lambda/shared/policy/live-policy.ts'],
    otherwise: READINGS,
    ask: world => isValid(world, allow(world, { Effect: 'Deny', Principal: { Federated: 'cognito-identity.amazonaws.com' } })),
  },
  {
    id: 'policy-unknown-element',
    fact: 'A statement of a repository policy cannot have an element that IAM does not know',
    assumed: REFUSED,
    other: 'accepted',
    fake: FAKE,
    rests: ['lambda/shared/policy/live-policy.ts'],
    otherwise: READINGS,
    ask: world => isValid(world, allow(world, { Comment: 'unknown' })),
  },
  {
    id: 'principal-star',
    fact: 'A repository policy can deny an action to everybody',
    assumed: 'accepted',
    other: REFUSED,
    fake: FAKE,
    rests: ['src/private/policy/deletion-lock.ts', 'lambda/shared/policy/live-policy.ts'],
    otherwise: READINGS,
    async ask(world) {
      const deny = { Effect: 'Deny', Action: 'ecr:StartImageScan' };
      const ends = [await isValid(world, { ...deny, Principal: { AWS: '*' } }), await isValid(world, { ...deny, Principal: '*' })];
      return ends[0] === ends[1] ? ends[0] : `${ends[0]} in a list, ${ends[1]} as a text`;
    },
  },
  {
    id: 'policy-version-kept',
    fact: 'A policy of the version 2008-10-17 is returned with that version',
    assumed: '2008-10-17',
    other: '2012-10-17',
    fake: FAKE,
    rests: ['lambda/shared/policy/statements.ts', 'src/core/policy/ownership.ts'],
    otherwise: READINGS,
    async ask(world) {
      const repositoryName = await world.repository();
      await set(world, repositoryName, textOf([allow(world)], '2008-10-17'));
      return (await live(world, repositoryName)).Version;
    },
  },
  {
    id: 'principal-missing-message',
    fact: 'The message for a principal that does not exist is "Principal not found"',
    assumed: 'Principal not found',
    other: 'Invalid repository policy provided',
    fake: 'local-ecr/policy-principals.ts',
    rests: ['src/core/policy/document.ts', 'lambda/shared/policy/refusals.ts'],
    otherwise: READINGS,
    async ask(world) {
      const principal = { AWS: missingRole(world.account) };
      const call = set(world, await world.repository(), textOf([allow(world, { Principal: principal })]));
      return call.then(() => 'accepted', (error: Error) => /constraint: '(.*)'/.exec(error.message)?.[1] ?? error.name);
    },
  },
  {
    id: 'dead-principal-shown',
    fact: 'A role that was deleted is returned in a policy as its unique ID',
    assumed: 'unique ID',
    other: 'ARN',
    fake: 'local-ecr/policy-principals.ts',
    rests: ['src/core/policy/dead-principals.ts'],
    otherwise: READINGS,
    async ask(world) {
      const { repositoryName, role } = await policyOfRole(world);
      await role.delete();
      const { AWS } = (await live(world, repositoryName)).Statement[0].Principal as { AWS: string };
      if (AWS === role.arn) return 'ARN';
      return /^AROA[A-Z0-9]+$/.test(AWS) ? 'unique ID' : 'something else';
    },
  },
  {
    id: 'dead-principal-id',
    fact: 'The unique ID of a deleted role is invalid in a new policy',
    assumed: REFUSED,
    other: 'accepted',
    fake: 'local-ecr/policy-principals.ts',
    rests: ['lambda/shared/policy/dead-principals.ts', 'lambda/shared/policy/live-policy.ts'],
    otherwise: 'test/lambda/repository-policy/repository-policy.test.ts',
    async ask(world) {
      const { repositoryName, role } = await policyOfRole(world);
      await role.delete();
      const { Statement } = await live(world, repositoryName);
      return answerOf(set(world, repositoryName, textOf([...Statement, allow(world, { Action: 'ecr:ListImages' })])));
    },
  },
  {
    id: 'lock-out-caller',
    fact: 'A policy that denies another role to set the policy does not need force',
    assumed: 'accepted',
    other: REFUSED,
    fake: 'local-ecr/policy-lock-out.ts',
    rests: ['src/core/policy/lock-out.ts', 'lambda/shared/policy/refusals.ts'],
    otherwise: READINGS,
    async ask(world) {
      const { arn } = await world.unused();
      return isValid(world, { Effect: 'Deny', Principal: { AWS: arn }, Action: 'ecr:SetRepositoryPolicy' });
    },
  },
  {
    id: 'lock-out-conditions',
    fact: 'A policy that denies everybody with a tag to set the policy needs force, even if the caller does not have the tag',
    assumed: REFUSED,
    other: 'accepted',
    fake: 'local-ecr/policy-lock-out.ts',
    rests: ['lambda/shared/policy/refusals.ts'],
    otherwise: READINGS,
    ask: world => isValid(world, {
      Effect: 'Deny',
      Principal: { AWS: world.account },
      Action: 'ecr:SetRepositoryPolicy',
      Condition: { StringEquals: { 'aws:PrincipalTag/ecr-keeper-probe': 'nobody' } },
    }),
  },
] as const satisfies readonly Probe[];

/** Creates a repository whose policy names a new role. */
async function policyOfRole(world: ProbeWorld) {
  const role = await world.unused();
  const repositoryName = await world.repository();
  await set(world, repositoryName, textOf([allow(world, { Principal: { AWS: role.arn } })]));
  return { repositoryName, role };
}
