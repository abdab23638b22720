import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { repositoryPolicyHandler } from '../../../lambda/repository-policy/handler';
import { repositoryPolicyCheckHandler } from '../../../lambda/repository-policy-check/handler';
import { ExistingRepository, ExistingRepositoryOptions, RepositoryCapability, RepositoryPolicy } from '../../../src';
import type { Statement } from '../../../src/core/policy/document';
import { DeployedStack } from '../deployed-stack';
import { account, deploy, startForEachTest } from '../handler-scene';
import { EXTERNAL_ID, letIn, OUR_ENVIRONMENT, stackThatReachesOut, THEIR_ENVIRONMENT, THEIR_ROLE } from '../other-account';

const TYPE = 'Custom::EcrRepositoryPolicy';
const NAME = 'team/shared';
const FOREIGN: Statement = { Sid: 'Theirs', Effect: 'Allow', Principal: { AWS: '555555555555' }, Action: 'ecr:BatchGetImage' };

startForEachTest({ handler: repositoryPolicyHandler, resourceType: TYPE });

const statement = (sid: string, of: string) =>
  new iam.PolicyStatement({ sid, principals: [new iam.AccountPrincipal(of)], actions: ['ecr:BatchGetImage'] });
const checked = (place = OUR_ENVIRONMENT, options: ExistingRepositoryOptions = {}) => (stack: Stack) => {
  const repository = ExistingRepository.fromRepositoryArn(
    stack, 'Shared', `arn:aws:ecr:${place.region}:${place.account}:repository/${NAME}`, options,
  );
  new RepositoryPolicy(stack, 'Policy', {
    repository,
    statements: [statement('One', '111111111111'), statement('Two', '222222222222')],
    replaceExistingSids: options.replaceExistingSids,
    checkEvery: Duration.hours(1),
  });
};
const write = (statements: Statement[], place = OUR_ENVIRONMENT) =>
  account.ecr.seed({ repositoryName: NAME, ...place, policyText: JSON.stringify({ Version: '2012-10-17', Statement: statements }) });
const live = (place = OUR_ENVIRONMENT) => account.ecr.repository(NAME, place).policy!.Statement as unknown as Statement[];

/** Calls the function with the input of the rule. */
function runCheck(stack: DeployedStack, change: Record<string, unknown> = {}): Promise<void> {
  const role = account.roleOf(stack);
  const { resources, answer } = stack as unknown as { resources: Record<string, any>; answer(value: unknown): string };
  const [rule] = stack.logicalIds('AWS::Events::Rule');
  const input = JSON.parse(answer.call(stack, resources[rule].Properties.Targets[0].Input)) as Record<string, unknown>;
  return repositoryPolicyCheckHandler(account.surroundings(role), account.clients(role))({ ...input, ...change });
}
const metrics = () => account.logs.filter(line => line.startsWith('{"_aws"')).map(line => JSON.parse(line));
const sid = (stack: DeployedStack, label: string) =>
  `${label}CdkEcrKeeper${stack.stackId.split('/')[2].replace(/-/g, '')}${stack.logicalIds(TYPE)[0]}`;

test('if all statements exist, the metric is 0 and no event is sent', async () => {
  const stack = DeployedStack.of('Test', checked());
  write([FOREIGN]);
  await deploy(stack);
  await runCheck(stack);
  expect(metrics()).toEqual([expect.objectContaining({ RepositoryName: NAME, StackName: 'Test', MissingStatements: 0 })]);
  expect(metrics()[0]._aws.CloudWatchMetrics).toEqual([
    { Namespace: 'cdk-ecr-keeper', Dimensions: [['RepositoryName', 'StackName']], Metrics: [{ Name: 'MissingStatements', Unit: 'Count' }] },
  ]);
  expect(account.events.events).toEqual([]);
});

test('a check that a service control policy denies fails at once, with the message of AWS', async () => {
  const stack = DeployedStack.of('Test', checked());
  write([FOREIGN]);
  await deploy(stack);
  account.ecr.clearCalls();
  account.ecr.principals.limit({
    kind: 'service control policy',
    policy: [{ Effect: 'Allow', Action: '*', Resource: '*' }, { Effect: 'Deny', Action: 'ecr:GetRepositoryPolicy', Resource: '*' }],
  });
  await expect(runCheck(stack)).rejects.toThrow('with an explicit deny in a service control policy');
  expect(account.ecr.calls).toHaveLength(1);
});

test.each<[string, (statements: Statement[]) => Statement[], string[]]>([
  ['a missing statement', all => all.filter(one => !String(one.Sid).startsWith('One')), ['One']],
  ['a changed statement', all => all.map(one => String(one.Sid).startsWith('Two') ? { ...one, Action: 'ecr:*' } : one), ['Two']],
  ['an overwritten policy', () => [FOREIGN], ['One', 'Two']],
])('%s is reported by event and metric, and not repaired', async (_what, change, missing) => {
  const stack = DeployedStack.of('Test', checked());
  write([FOREIGN]);
  await deploy(stack);
  write(change(live()));
  account.ecr.clearCalls();
  await runCheck(stack);
  expect(metrics()).toEqual([expect.objectContaining({ MissingStatements: missing.length })]);
  const sids = missing.map(label => sid(stack, label)).join(', ');
  expect(account.logs.join('\n')).toContain(`repository '${NAME}': missing or changed statements of this stack: ${sids}.`);
  const arn = `arn:aws:ecr:us-east-1:000000000000:repository/${NAME}`;
  expect(account.events.events).toEqual([{
    source: 'cdk-ecr-keeper',
    detailType: 'ECR Repository Policy Statements Missing',
    resources: [arn],
    detail: { repositoryArn: arn, repositoryName: NAME, stackId: stack.stackId, missing: missing.map(label => sid(stack, label)) },
  }]);
  expect(account.ecr.calls.map(({ operation }) => operation)).toEqual(['GetRepositoryPolicy']);
});

test('without a policy or a repository, all statements are missing', async () => {
  const stack = DeployedStack.of('Test', checked());
  account.ecr.seed({ repositoryName: NAME });
  await runCheck(stack);
  account.ecr.vanish(NAME);
  await runCheck(stack);
  expect(metrics().map(line => line.MissingStatements)).toEqual([2, 2]);
});

test('a statement that replaced another one is expected under its own Sid', async () => {
  const stack = DeployedStack.of('Test', checked(OUR_ENVIRONMENT, { replaceExistingSids: true }));
  write([{ ...FOREIGN, Sid: 'One' }]);
  await deploy(stack);
  await runCheck(stack);
  expect(metrics().map(line => line.MissingStatements)).toEqual([0]);
});

test('a policy in another account is checked through the same role', async () => {
  const stack = stackThatReachesOut(checked(THEIR_ENVIRONMENT, { access: { roleArn: THEIR_ROLE, externalId: EXTERNAL_ID } }));
  letIn(account, stack, NAME, [RepositoryCapability.statements()]);
  write([FOREIGN], THEIR_ENVIRONMENT);
  await deploy(stack);
  await runCheck(stack);
  expect(metrics().map(line => line.MissingStatements)).toEqual([0]);
});

test('an event that EventBridge rejects and an invalid input fail the invocation, which Lambda retries', async () => {
  const stack = DeployedStack.of('Test', checked());
  write([FOREIGN]);
  account.events.refuses = 'InternalFailure';
  await expect(runCheck(stack)).rejects.toThrow('EventBridge did not accept the event: InternalFailure');
  await expect(runCheck(stack, { Statements: 'x' })).rejects.toThrow('\'Statements\' must be a JSON list of statements, got: "x"');
});

test('the role has no unused permission', async () => {
  const stack = DeployedStack.of('Test', checked());
  write([FOREIGN]);
  await deploy(stack);
  write([FOREIGN]);
  await runCheck(stack);
  const granted = stack.policy().flatMap(({ Action }) => [Action].flat());
  const used = account.ecr.granted(account.roleOf(stack)).map(grant => grant.action);
  expect(new Set(granted.filter(action => !used.includes(action)))).toEqual(
    new Set(['logs:CreateLogStream', 'logs:PutLogEvents', 'ecr:DeleteRepositoryPolicy'])); // the last is for the Delete
});
