import { CloudFormationClient, DeleteStackCommand, DescribeStacksCommand, paginateDescribeStacks } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, DeleteLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DeleteRepositoryCommand, ECRClient, paginateDescribeRepositories } from '@aws-sdk/client-ecr';
import {
  DeleteRoleCommand, DeleteRolePolicyCommand, DetachRolePolicyCommand, IAMClient, ListAttachedRolePoliciesCommand, ListRolePoliciesCommand,
  paginateListRoles,
} from '@aws-sdk/client-iam';
import { DeleteFunctionCommand, LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { DeleteObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { logGroupNames } from '../function-logs';

const RUN = /^ecrkeeper-[0-9a-f]{8}-/;
/** Longest duration of the removal of the stacks of a scene. */
export const REMOVAL_MINUTES = 10;

/** Where a run has created something. */
export interface Below {
  /** Beginning of the names. */
  readonly prefix: string;
  readonly region: string;
}

/**
 * Removes all repositories and stacks whose names start with the prefix. The repositories are removed before the stacks, because a
 * teardown succeeds if its repository does not exist.
 *
 * @returns what was removed
 */
export async function removeStacks({ prefix, region }: Below): Promise<string[]> {
  assertPrefix(prefix);
  const config = { region, maxAttempts: 10 };
  const [ecr, cloudFormation] = [new ECRClient(config), new CloudFormationClient(config)];
  const stacks = new Array<string>();
  for await (const { Stacks = [] } of paginateDescribeStacks({ client: cloudFormation }, {})) {
    stacks.push(...Stacks.filter(({ StackName, StackStatus }) => StackName!.startsWith(prefix) && StackStatus !== 'DELETE_COMPLETE')
      .map(({ StackId }) => StackId!));
  }
  const deadline = Date.now() + REMOVAL_MINUTES * 60_000;
  // A function that runs would wait for minutes for its repository.
  for (const stack of stacks) await statusAfter(cloudFormation, stack, deadline);
  const removed = await removeRepositories(ecr, prefix);
  for (const stack of stacks) await removeStack(cloudFormation, stack, deadline);
  return [...removed, ...stacks.map(id => `stack ${nameOf(id)}`), ...await removeRepositories(ecr, prefix)];
}

/** Also removes what does not belong to a stack any more: functions, roles, log groups, and templates in the bucket of the bootstrap. */
export async function removeAll(below: Below, account: string): Promise<string[]> {
  const { prefix, region } = below;
  const removed = await removeStacks(below);
  const config = { region, maxAttempts: 10 };
  const lambda = new LambdaClient(config);
  for await (const { Functions = [] } of paginateListFunctions({ client: lambda }, {})) {
    for (const { FunctionName } of Functions.filter(each => each.FunctionName!.startsWith(prefix))) {
      await lambda.send(new DeleteFunctionCommand({ FunctionName }));
      removed.push(`function ${FunctionName}`);
    }
  }
  removed.push(...await removeRoles(new IAMClient(config), prefix), ...await removeLogGroups(new CloudWatchLogsClient(config), prefix));
  // Another Region of a scene does not need to be bootstrapped.
  await removeTemplates(bucketOf(account, region), below).catch(unless('NoSuchBucket'));
  return removed;
}

async function removeTemplates(Bucket: string, { prefix, region }: Below): Promise<void> {
  const client = new S3Client({ region, maxAttempts: 10, forcePathStyle: true });
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix: prefix })) {
    for (const { Key } of Contents) await client.send(new DeleteObjectCommand({ Bucket, Key }));
  }
}

/** The bucket of a bootstrap with the default qualifier. */
export function bucketOf(account: string, region: string): string {
  return `cdk-hnb659fds-assets-${account}-${region}`;
}

async function removeRepositories(ecr: ECRClient, prefix: string): Promise<string[]> {
  const names = new Array<string>();
  for await (const { repositories = [] } of paginateDescribeRepositories({ client: ecr }, {})) {
    names.push(...repositories.map(({ repositoryName }) => repositoryName!).filter(name => name.startsWith(prefix)));
  }
  for (const repositoryName of names) {
    await ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true })).catch(unless('RepositoryNotFoundException'));
  }
  return names.map(name => `repository ${name}`);
}

/** Deletes a stack, if necessary by force. */
async function removeStack(client: CloudFormationClient, StackName: string, deadline: number): Promise<void> {
  await client.send(new DeleteStackCommand({ StackName }));
  if (await statusAfter(client, StackName, deadline, /^DELETE_(COMPLETE|FAILED)$/) === 'DELETE_COMPLETE') return;
  await client.send(new DeleteStackCommand({ StackName, DeletionMode: 'FORCE_DELETE_STACK' }));
  const status = await statusAfter(client, StackName, deadline);
  if (status !== 'DELETE_COMPLETE') throw new Error(`the stack ${nameOf(StackName)} was not deleted: its status is ${status}`);
}

/** Waits until a stack has a status of the end of an operation, and returns it. Right after a request, it can have the former status. */
async function statusAfter(client: CloudFormationClient, StackName: string, deadline: number, end = /_(COMPLETE|FAILED)$/): Promise<string> {
  for (;;) {
    await new Promise(done => setTimeout(done, process.env.AWS_ENDPOINT_URL === undefined ? 3_000 : 100));
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName })).catch(unlessMissing);
    const status = Stacks[0]?.StackStatus ?? 'DELETE_COMPLETE';
    if (end.test(status)) return status;
    if (Date.now() > deadline) throw new Error(`the stack ${nameOf(StackName)} still has the status ${status}`);
  }
}

function nameOf(stackId: string): string {
  return stackId.split('/')[1];
}

async function removeRoles(iam: IAMClient, prefix: string): Promise<string[]> {
  const removed = new Array<string>();
  for await (const { Roles = [] } of paginateListRoles({ client: iam }, {})) {
    for (const { RoleName } of Roles.filter(each => each.RoleName!.startsWith(prefix))) {
      const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
      for (const PolicyName of PolicyNames) await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
      const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
      for (const { PolicyArn } of AttachedPolicies) await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
      await iam.send(new DeleteRoleCommand({ RoleName }));
      removed.push(`role ${RoleName}`);
    }
  }
  return removed;
}

async function removeLogGroups(client: CloudWatchLogsClient, prefix: string): Promise<string[]> {
  const names = (await logGroupNames(client)).filter(name => name.includes(prefix));
  for (const logGroupName of names) await client.send(new DeleteLogGroupCommand({ logGroupName }));
  return names.map(name => `log group ${name}`);
}

function assertPrefix(prefix: string): void {
  if (!RUN.test(prefix)) throw new Error(`'${prefix}' is not the prefix of a run`);
}

/** A deleted stack is found by its id for 90 days, but not on every emulator. */
function unlessMissing(error: Error): { Stacks?: undefined } {
  if (!error.message.includes('does not exist')) throw error;
  return {};
}

function unless(name: string) {
  return (error: Error): void => {
    if (error.name !== name) throw error;
  };
}
