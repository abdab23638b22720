import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { sendCommand } from '../aws/send-command';
import { UserError, isNamed } from '../protocol/errors';
import type { Task } from '../protocol/job';

/** Returns why a repository is kept because a stack may own it; undefined if no stack does. */
export type FindOwner = () => Promise<string | undefined>;

/**
 * Checks in CloudFormation of the repository's own Region and account whether a stack owns the repository. Tags do not show that: users
 * report repositories of stacks without them. The call returns any resource with that physical id, also of deleted stacks. Only the
 * error that there is no such stack means that no stack owns the repository.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html
 *
 * @throws UserError if the response is neither
 */
export async function findOwningStack(task: Task, cloudFormation: CloudFormationClient, name: string): Promise<string | undefined> {
  try {
    const answer = await sendCommand(task, cloudFormation, DescribeStackResourcesCommand, { PhysicalResourceId: name });
    const resource = answer?.StackResources?.find(({ PhysicalResourceId }) => PhysicalResourceId === name);
    return `CloudFormation lists that name in stack ${resource?.StackName}: ${resource?.LogicalResourceId},`
      + ` ${resource?.ResourceType}, ${resource?.ResourceStatus}`;
  } catch (error) {
    if (task.signal.aborted) throw error;
    if (isNoStackOf(error, name)) return undefined;
    const { message } = error as Error;
    throw new UserError(`it is unknown whether a stack owns it, so it is kept (cloudformation:DescribeStackResources: ${message})`, {
      cause: error,
    });
  }
}

/** Returns the same for several repositories. After a failed call, CloudFormation is not called again: each call could take a minute. */
export function ownerLookup(task: Task, cloudFormation: CloudFormationClient): (name: string) => ReturnType<FindOwner> {
  let failure: unknown;
  return async name => {
    if (failure) throw failure;
    try {
      return await findOwningStack(task, cloudFormation, name);
    } catch (error) {
      throw failure = error;
    }
  };
}

/**
 * Whether CloudFormation says that no stack has, or had, a resource of that physical id: "Stack for X does not exist". The text is not
 * documented, so its other words are not compared. An error about something else than a stack, or about another name, is not accepted.
 */
export function isNoStackOf(error: unknown, physicalId: string): boolean {
  if (!isNamed(error, 'ValidationError')) return false;
  const { message } = error as Error;
  return /^Stack\b.*\bdoes not exist\.?$/i.test(message) && message.split(/[\s'"[\]()]+/).includes(physicalId);
}
