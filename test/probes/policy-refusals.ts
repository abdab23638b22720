import { SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import type { ECRClient } from '@aws-sdk/client-ecr';
import { answerOf, Probe } from './probe';

const REFUSED = 'InvalidParameterException';
const READINGS = 'test/lambda/repository-policy/readings.test.ts';

function set(ecr: ECRClient, repositoryName: string, Statement: object): Promise<unknown> {
  const policyText = JSON.stringify({ Version: '2012-10-17', Statement });
  return ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText }));
}

/** Which policies of private repositories are refused, and how. */
export const POLICY_REFUSALS = [
  {
    id: 'policy-single-statement',
    fact: 'The statements of a repository policy must be a list, even if there is only one',
    assumed: REFUSED,
    other: 'accepted',
    fake: 'local-ecr/repository-policy.ts',
    rests: ['src/core/policy/document.ts'],
    otherwise: READINGS,
    async ask(world) {
      const statement = { Effect: 'Allow', Principal: { AWS: world.account }, Action: 'ecr:DescribeImages' };
      return answerOf(set(world.clients.ecr, await world.repository(), statement));
    },
  },
  {
    id: 'lock-out-not-principal',
    fact: 'A policy that denies everybody except the account to set the policy needs force, if a role of the account sets it',
    assumed: REFUSED,
    other: 'accepted',
    fake: 'local-ecr/policy-lock-out.ts',
    rests: ['src/core/policy/lock-out.ts', 'lambda/shared/policy/live-policy.ts'],
    otherwise: READINGS,
    async ask(world) {
      const { ecr } = await world.role([{ Effect: 'Allow', Action: 'ecr:SetRepositoryPolicy', Resource: '*' }]);
      const root = `arn:aws:iam::${world.account}:root`;
      const deny = { Effect: 'Deny', NotPrincipal: { AWS: root }, Action: 'ecr:SetRepositoryPolicy' };
      return answerOf(set(ecr, await world.repository(), [deny]));
    },
  },
  {
    id: 'lock-out-message',
    fact: 'A policy that needs force is refused with the same message as an invalid policy',
    assumed: 'the same message',
    other: 'another message',
    fake: 'local-ecr/operations/repository-policy.ts',
    rests: ['src/core/policy/document.ts', 'lambda/shared/policy/refusals.ts'],
    otherwise: READINGS,
    async ask(world) {
      const deny = { Effect: 'Deny', Principal: { AWS: world.account }, Action: 'ecr:SetRepositoryPolicy' };
      return set(world.clients.ecr, await world.repository(), [deny]).then(() => 'accepted', ({ message }: Error) =>
        message.includes('Invalid repository policy provided') ? 'the same message' : 'another message');
    },
  },
] as const satisfies readonly Probe[];
