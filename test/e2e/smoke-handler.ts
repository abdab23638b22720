import {
  CloudFormationClient, DescribeStackEventsCommand, DescribeStackResourceCommand, DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import {
  DeleteRepositoryCommand, DescribeRepositoriesCommand, ECRClient, ListImagesCommand, ListTagsForResourceCommand, UntagResourceCommand,
} from '@aws-sdk/client-ecr';

const cloudFormation = new CloudFormationClient({});
const ecr = new ECRClient({});

/**
 * Makes every call of a teardown and the additional call of a lifecycle guard with the permissions of its role, and logs the results.
 */
export async function handler(event: any): Promise<void> {
  const answer: Record<string, unknown> = {
    Status: 'SUCCESS', PhysicalResourceId: event.PhysicalResourceId ?? `smoke-${event.LogicalResourceId}`,
  };
  try {
    const StackName = event.StackId;
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
    const { StackEvents } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
    const { StackResourceDetail } = await cloudFormation.send(new DescribeStackResourceCommand({
      StackName, LogicalResourceId: 'Repository',
    }));
    const absent = await cloudFormation.send(new DescribeStackResourceCommand({ StackName, LogicalResourceId: 'Absent' }))
      .catch(error => `${error.name}: ${error.message}`);
    const stackLevel = StackEvents!.filter(({ PhysicalResourceId }) => PhysicalResourceId === StackName)
      .map(({ ResourceStatus }) => ResourceStatus);
    const { RepositoryName: repositoryName, RepositoryArn: resourceArn } = event.ResourceProperties;
    await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }));
    const { tags } = await ecr.send(new ListTagsForResourceCommand({ resourceArn }));
    const { imageIds } = await ecr.send(new ListImagesCommand({ repositoryName }));
    console.log(JSON.stringify({
      type: event.RequestType,
      status: Stacks![0].StackStatus,
      stackLevel,
      tags,
      images: imageIds!.length,
      found: StackResourceDetail?.PhysicalResourceId,
      absent,
      node: process.version,
    }));
    if (event.ResourceProperties.Slow === 'true') await new Promise(resolve => setTimeout(resolve, 3000));
    if (event.RequestType === 'Create' && event.ResourceProperties.Broken === 'true') {
      throw new Error('broken on purpose');
    }
    if (event.RequestType === 'Delete') {
      await ecr.send(new UntagResourceCommand({ resourceArn, tagKeys: ['no-such-tag'] }));
      await ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
    }
  } catch (error) {
    answer.Status = 'FAILED';
    answer.Reason = `${(error as Error).name}: ${(error as Error).message}`;
    console.log(answer.Reason);
  }
  const { StackId, RequestId, LogicalResourceId } = event;
  await fetch(event.ResponseURL, { method: 'PUT', body: JSON.stringify({ ...answer, StackId, RequestId, LogicalResourceId }) });
}
