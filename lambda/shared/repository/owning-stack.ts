import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { sendCommand } from '../aws/send-command';
import { UserError, isNamed } from '../protocol/errors';
import type { Task } from '../protocol/job';

/** Why a repository stays because a stack may own it; undefined when no stack does. */
export type FindOwner = () => Promise<string | undefined>;

/**
 * Asks CloudFormation of the repository's own Region and account whether a stack owns it. Tags do not say that: reports have repositories
 * of stacks without them. The call returns any resource with that physical id, also of deleted stacks. Only the error that there is no such
 * stack means that none owns the repository.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html
 *
 * @throws UserError when the answer is neither
 */
export async function findOwningStack(task: Task, cloudFormation: CloudFormationClient, name: string): Promise<string | undefined> {
  try {
    const answer = await sendCommand(task, cloudFormation, DescribeStackResourcesCommand, { PhysicalResourceId: name });
    const found = answer?.StackResources?.find(({ PhysicalResourceId }) => PhysicalResourceId === name);
    return `CloudFormation has that name in stack ${found?.StackName}: ${found?.LogicalResourceId}, ${found?.ResourceType},`
      + ` ${found?.ResourceStatus}`;
  } catch (error) {
    if (task.signal.aborted) throw error;
    if (isNoStackOf(error, name)) return undefined;
    const { message } = error as Error;
    throw new UserError(`whether a stack owns it is unknown, so it stays (cloudformation:DescribeStackResources: ${message})`, {
      cause: error,
    });
  }
}

/** Whether CloudFormation says that no stack has, or had, a resource of that physical id. */
export function isNoStackOf(error: unknown, physicalId: string): boolean {
  return isNamed(error, 'ValidationError') && (error as Error).message === `Stack for ${physicalId} does not exist`;
}
