import { CloudFormationClient, DescribeStacksCommand, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { DescribeRepositoriesCommand, ECRClient, ListImagesCommand, ListTagsForResourceCommand } from '@aws-sdk/client-ecr';
import type { Emulator } from '../emulator';

export interface StackEnd {
  readonly status: string;
  /** Logical ids, or 'template' for all resources of the template that was last deployed successfully. */
  readonly left: 'template' | readonly string[];
}

/** The input of a teardown. */
export interface Machinery {
  readonly functions: string[];
  readonly roles: string[];
  readonly logGroups: string[];
}

export async function liveStacks(cloudFormation: CloudFormationClient): Promise<Record<string, StackEnd>> {
  const { Stacks: found } = await cloudFormation.send(new DescribeStacksCommand({}));
  const live: Record<string, StackEnd> = {};
  for (const { StackName, StackId, StackStatus } of found ?? []) {
    if (StackName === 'CDKToolkit' || StackStatus === 'DELETE_COMPLETE') continue;
    const { StackResourceSummaries } = await cloudFormation.send(new ListStackResourcesCommand({ StackName: StackId }));
    live[StackName!] = {
      status: StackStatus!, left: (StackResourceSummaries ?? []).map(({ LogicalResourceId }) => LogicalResourceId!).sort(),
    };
  }
  return sorted(live);
}

export async function liveRepositories(ecr: ECRClient): Promise<Record<string, { tags: Record<string, string>; images: string[] }>> {
  const { repositories } = await ecr.send(new DescribeRepositoriesCommand({}));
  const live: Record<string, { tags: Record<string, string>; images: string[] }> = {};
  for (const { repositoryName, repositoryArn: resourceArn } of repositories!) {
    const { tags } = await ecr.send(new ListTagsForResourceCommand({ resourceArn }));
    const { imageIds } = await ecr.send(new ListImagesCommand({ repositoryName, filter: { tagStatus: 'ANY' } }));
    live[repositoryName!] = {
      // Ignore the tags of CloudFormation.
      tags: sorted(Object.fromEntries(tags!.filter(({ Key }) => !Key!.startsWith('aws:')).map(({ Key, Value }) => [Key!, Value!]))),
      images: [...new Set(imageIds!.map(({ imageDigest }) => imageDigest!))].sort(),
    };
  }
  return sorted(live);
}

export async function machinery(emulator: Emulator, account: string): Promise<Machinery> {
  const env = emulator.env({ account });
  const { Functions } = await emulator.aws<{ Functions: { FunctionName: string }[] }>(['lambda', 'list-functions'], env);
  const { Roles } = await emulator.aws<{ Roles: { RoleName: string }[] }>(['iam', 'list-roles'], env);
  const { logGroups } = await emulator.aws<{ logGroups: { logGroupName: string }[] }>(['logs', 'describe-log-groups'], env);
  return {
    functions: Functions.map(({ FunctionName }) => FunctionName),
    roles: Roles.map(({ RoleName }) => RoleName),
    logGroups: logGroups.map(({ logGroupName }) => logGroupName),
  };
}

export function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => a < b ? -1 : 1));
}
