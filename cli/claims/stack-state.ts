import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { sendCommand } from '../../lambda/shared/aws/send-command';
import { isNamed } from '../../lambda/shared/protocol/errors';
import type { Task } from '../../lambda/shared/protocol/job';
import { Interrupted } from '../session/interruption';
import { describeCallRefusal } from '../session/refusal';

export interface StackState {
  readonly state: 'exists' | 'gone' | 'unknown';
  /** Status of the stack, or why the state is unknown. */
  readonly detail: string;
}

/**
 * Returns whether a stack exists. A deleted stack keeps its ARN, and CloudFormation forgets it after 90 days.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
 *
 * @param stack ARN of the stack, because another stack can have the same name
 */
export async function readStackState(task: Task, cloudFormation: CloudFormationClient, stack: string): Promise<StackState> {
  task.progress(`looking for the stack ${stack}`);
  try {
    const status = (await sendCommand(task, cloudFormation, DescribeStacksCommand, { StackName: stack }))?.Stacks?.[0]?.StackStatus;
    if (status === undefined) return { state: 'unknown', detail: 'CloudFormation returned no status' };
    return { state: status === 'DELETE_COMPLETE' ? 'gone' : 'exists', detail: status };
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    if (isNamed(error, 'ValidationError') && (error as Error).message.includes('does not exist')) {
      return { state: 'gone', detail: 'not found' };
    }
    return { state: 'unknown', detail: describeCallRefusal(error) };
  }
}
