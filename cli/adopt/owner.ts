import type { StackResource, StackSummary } from '@aws-sdk/client-cloudformation';
import { DeclaredRepository, REPOSITORY_TYPE } from './declared-repositories';
import { Finding, findingsAbout } from './finding';
import type { LiveRepository } from './live-repository';
import type { Stacks } from './stacks';
import { markedHandler, stackUuid } from '../../src/core/mark';

interface Mark {
  readonly key: string;
  readonly value: string;
  readonly handler: string;
}

const owner = findingsAbout('owner');
const mark = findingsAbout('mark');

/**
 * Finds the owner of the repository through CloudFormation and the marks. CloudFormation does not always set its tags, so they prove
 * nothing.
 */
export async function findOwners(stacks: Stacks, declaration: DeclaredRepository, live: LiveRepository): Promise<Finding[]> {
  const findings = [await judgeOwner(stacks, declaration, live)];
  for (const [key, value] of live.tags) {
    const handler = markedHandler(key);
    if (handler !== undefined) findings.push(await judgeMark(stacks, declaration, live, { key, value, handler }));
  }
  return findings;
}

async function judgeOwner(stacks: Stacks, declaration: DeclaredRepository, live: LiveRepository): Promise<Finding> {
  const resources = await stacks.resourcesOfThatName();
  const resource = resources.find(({ ResourceType }) => ResourceType === REPOSITORY_TYPE);
  if (resources.length === 0) {
    return owner('NOTE', 'no stack in this account and Region owns it. AWS does not know whether another tool, such as Terraform,'
      + ' manages it');
  }
  if (!resource) {
    const [{ LogicalResourceId, ResourceType, StackName }] = resources;
    return owner('UNKNOWN', 'it is unknown whether a stack owns it, because CloudFormation found another resource with the name:'
      + ` ${LogicalResourceId} (${ResourceType}) of stack '${StackName}'. If a stack owns the repository, CloudFormation refuses the import`
      + ' and changes nothing');
  }
  const { StackId = '', StackName, LogicalResourceId, ResourceStatus } = resource;
  const stack = await stacks.find(stackUuid(StackId));
  if (stack?.StackStatus === 'DELETE_COMPLETE') return owner('NOTE', `stack '${StackName}' retained it when the stack was deleted`);
  if (ResourceStatus === 'DELETE_SKIPPED' || ResourceStatus === 'DELETE_COMPLETE') {
    return owner('NOTE', `stack '${StackName}' no longer owns it: its ${LogicalResourceId} is ${ResourceStatus}`);
  }
  if (stack && await isDeclaredStack(stacks, stack, declaration) && LogicalResourceId === declaration.logicalId) {
    return owner('REFUSED', `stack '${StackName}' already owns it as ${LogicalResourceId}. You do not need to adopt it, because cdk deploy`
      + ' updates it');
  }
  const status = stack?.StackStatus ?? 'status unknown';
  const { remedy, command } = wayOut(resource, status, live);
  return owner('REFUSED', `stack '${StackName}' (${status}) owns it as ${LogicalResourceId} (${ResourceStatus}). ${remedy}`, { command });
}

function wayOut({ StackName, LogicalResourceId }: StackResource, status: string, { region }: LiveRepository): {
  readonly remedy: string; readonly command?: string;
} {
  const command = `aws cloudformation delete-stack --region ${region} --stack-name ${StackName} --retain-resources ${LogicalResourceId}`;
  if (status === 'DELETE_FAILED') return { remedy: 'Delete the stack again, and retain the repository', command };
  if (status === 'ROLLBACK_FAILED') {
    return {
      remedy: 'Delete the stack. If the deletion fails, delete it again, and retain the'
    + ' repository',
      command,
    };
  }
  return {
    remedy: 'Set removalPolicy: RemovalPolicy.RETAIN on the repository in that stack and deploy it. Then remove the repository from the'
      + ' stack and deploy it again',
  };
}

async function judgeMark(
  stacks: Stacks, declaration: DeclaredRepository, { arn, region }: LiveRepository, { key, value, handler }: Mark,
): Promise<Finding> {
  const stack = await stacks.find(value.split(':')[0]);
  const command = `aws ecr untag-resource --region ${region} --resource-arn ${arn} --tag-keys ${key}`;
  if (!stack) {
    return mark('UNKNOWN', `the mark ${key}=${value} names a stack that CloudFormation does not find: it was deleted more than 90 days`
      + ' ago, or it is in another account or Region. If the stack no longer manages the repository, remove the mark', { command });
  }
  const { StackName, StackStatus } = stack;
  if (StackStatus === 'DELETE_COMPLETE') {
    return mark('NOTE', `the mark ${key} names stack '${StackName}', which is deleted. The mark has no effect`);
  }
  if (await isDeclaredStack(stacks, stack, declaration)) {
    return mark('NOTE', `the mark ${key} names the stack that imports the repository`);
  }
  return mark('REFUSED', `the mark ${key}=${value} names stack '${StackName}' (${StackStatus}), which manages the ${handler} of the`
    + ' repository. Remove that from the stack, and deploy it. If the stack no longer manages it, remove the mark', { command });
}

/** Compares root stacks, because a nested stack is deployed with its root. */
async function isDeclaredStack(stacks: Stacks, stack: StackSummary, declaration: DeclaredRepository): Promise<boolean> {
  return await stacks.rootNameOf(stack) === declaration.stack.name;
}
