import { App, Environment, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { DeployedStack } from './deployed-stack';
import type { LocalAccount } from './local-account';
import { Repository, RepositoryAccessRole, RepositoryCapability } from '../../src';
import type { IamStatement } from '../local-ecr/iam';

export const OUR_ENVIRONMENT = { account: '000000000000', region: 'us-east-1' };
export const THEIR_ENVIRONMENT = { account: '222222222222', region: 'eu-central-1' };
export const EXTERNAL_ID = 'their-secret';
export const THEIR_ROLE = `arn:aws:iam::${THEIR_ENVIRONMENT.account}:role/access`;

const UUID = '11111111-1111-1111-1111-111111111111';

/** Creates a stack named `Build` with a known environment, as a stack needs that uses another account. */
export function stackThatReachesOut(build: (stack: Stack) => void, env: Environment = OUR_ENVIRONMENT): DeployedStack {
  const stack = new Stack(new App(), 'Build', { env });
  build(stack);
  return new DeployedStack(
    `arn:aws:cloudformation:us-east-1:${OUR_ENVIRONMENT.account}:stack/Build/${UUID}`, Template.fromStack(stack).toJSON().Resources,
  );
}

/**
 * Deploys the role of the other account with its template, and the roles of our functions under their names.
 *
 * @param repositoryName undefined for a role that only reads the registry policy
 */
export function letIn(
  account: LocalAccount, stack: DeployedStack, repositoryName: string | undefined, capabilities: RepositoryCapability[],
  trusted = { stackName: 'Build', ...OUR_ENVIRONMENT },
): void {
  const scope = new Stack(new App(), 'Access', { env: THEIR_ENVIRONMENT });
  new RepositoryAccessRole(scope, 'Access', {
    repositories: repositoryName === undefined ? undefined : [Repository.fromRepositoryName(scope, 'Import', repositoryName)],
    capabilities,
    trusted,
    externalId: EXTERNAL_ID,
    roleName: 'access',
  });
  const template = Template.fromStack(scope).toJSON();
  const { AssumeRolePolicyDocument: { Statement: [{ Condition }] } } = Object.values<{ Type: string; Properties: any }>(template.Resources)
    .find(({ Type }) => Type === 'AWS::IAM::Role')!.Properties;
  const policy: IamStatement[] = new DeployedStack(
    `arn:aws:cloudformation:${THEIR_ENVIRONMENT.region}:${THEIR_ENVIRONMENT.account}:stack/Access/${UUID}`, template.Resources).policy();
  const trustedNames = [...JSON.stringify(Condition.ArnEquals['aws:PrincipalArn']).matchAll(/role\/([\w+=,.@-]+)/g)]
    .map(([, name]) => name);
  account.sts.role(THEIR_ROLE, {
    trust: {
      principals: trustedNames.map(name => `arn:aws:iam::${trusted.account}:role/${name}`),
      externalId: Condition.StringEquals['sts:ExternalId'],
    },
    policy,
  });
  account.ecr.principal(account.roleOf(stack), {
    account: OUR_ENVIRONMENT.account,
    policy: stack.policy(),
    arn: `arn:aws:sts::${OUR_ENVIRONMENT.account}:assumed-role/${functionRole(stack)}/session`,
  });
}

function functionRole(stack: DeployedStack): string {
  const { resources } = stack as unknown as { resources: Record<string, { Type: string; Properties: { RoleName?: string } }> };
  return Object.values(resources).find(({ Type, Properties }) => Type === 'AWS::IAM::Role' && Properties.RoleName)!.Properties.RoleName!;
}
