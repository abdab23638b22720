import {
  CloudFormationClient, DescribeStackResourcesCommand, paginateListStacks, StackResource, StackSummary,
} from '@aws-sdk/client-cloudformation';
import { isNoStackOf } from '../../lambda/shared/repository/owning-stack';
import { stackUuid } from '../../src/core/mark';
import { describeRefusal } from '../aws-refusal';
import { Failure } from '../failure';

/** The stacks of one account and Region, including stacks that were deleted in the last 90 days. Makes only calls that read. */
export class Stacks {
  private summaries?: Promise<StackSummary[]>;

  constructor(private readonly cloudFormation: CloudFormationClient, private readonly repositoryName: string) {}

  /**
   * Returns the resources whose physical id is the name of the repository. They can have any type and can belong to a deleted stack.
   * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html
   */
  async resourcesOfThatName(): Promise<StackResource[]> {
    const { repositoryName: PhysicalResourceId } = this;
    try {
      const { StackResources: resources = [] } = await this.cloudFormation.send(new DescribeStackResourcesCommand({ PhysicalResourceId }));
      return resources.filter(resource => resource.PhysicalResourceId === PhysicalResourceId);
    } catch (error) {
      if (isNoStackOf(error, PhysicalResourceId)) return [];
      throw await this.refusal(error, 'DescribeStackResources');
    }
  }

  /** Returns the stack with the UUID, or its last status if it was deleted in the last 90 days. */
  async find(uuid: string): Promise<StackSummary | undefined> {
    return (await this.list()).find(({ StackId }) => stackUuid(StackId ?? '') === uuid);
  }

  /** Returns the name of the outermost stack. */
  async rootNameOf({ RootId, StackName }: StackSummary): Promise<string | undefined> {
    return RootId === undefined ? StackName : (await this.find(stackUuid(RootId)))?.StackName;
  }

  private list(): Promise<StackSummary[]> {
    return this.summaries ??= this.listOnce();
  }

  private async listOnce(): Promise<StackSummary[]> {
    const summaries = new Array<StackSummary>();
    try {
      for await (const page of paginateListStacks({ client: this.cloudFormation }, {})) summaries.push(...page.StackSummaries ?? []);
    } catch (error) {
      throw await this.refusal(error, 'ListStacks');
    }
    return summaries;
  }

  private async refusal(error: unknown, action: string): Promise<Failure> {
    const region = await this.cloudFormation.config.region().catch(() => undefined);
    const { repositoryName } = this;
    return new Failure([`${describeRefusal(error, { repositoryName, region, action: `cloudformation:${action}` })}.`
      + ' It is unknown whether a stack owns the repository']);
  }
}
