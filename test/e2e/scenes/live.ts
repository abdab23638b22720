import { CloudFormationClient, ListStackResourcesCommand, paginateDescribeStacks, Stack } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECRClient, ListImagesCommand, ListTagsForResourceCommand, paginateDescribeRepositories, Repository } from '@aws-sdk/client-ecr';
import { IAMClient, paginateListRoles } from '@aws-sdk/client-iam';
import { FunctionConfiguration, LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { logGroupNames } from '../function-logs';
import { connect, Place, Scope } from '../place';

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

interface LiveMachinery extends Omit<Machinery, 'functions'> {
  readonly functions: FunctionConfiguration[];
}

export async function liveStacks(cloudFormation: CloudFormationClient): Promise<Record<string, StackEnd>> {
  const found = new Array<Stack>();
  for await (const { Stacks } of paginateDescribeStacks({ client: cloudFormation }, {})) found.push(...Stacks ?? []);
  const live: Record<string, StackEnd> = {};
  for (const { StackName, StackId, StackStatus } of found) {
    if (StackName === 'CDKToolkit' || StackStatus === 'DELETE_COMPLETE') continue;
    const { StackResourceSummaries } = await cloudFormation.send(new ListStackResourcesCommand({ StackName: StackId }));
    live[StackName!] = {
      status: StackStatus!,
      // AWS lists deleted resources of a stack, too. The emulator does not.
      left: (StackResourceSummaries ?? []).filter(({ ResourceStatus }) => !/^DELETE_(COMPLETE|SKIPPED)$/.test(ResourceStatus!))
        .map(({ LogicalResourceId }) => LogicalResourceId!).sort(),
    };
  }
  return sorted(live);
}

export async function liveRepositories(ecr: ECRClient): Promise<Record<string, { tags: Record<string, string>; images: string[] }>> {
  const found = new Array<Repository>();
  for await (const { repositories } of paginateDescribeRepositories({ client: ecr }, {})) found.push(...repositories ?? []);
  const live: Record<string, { tags: Record<string, string>; images: string[] }> = {};
  for (const { repositoryName, repositoryArn: resourceArn } of found) {
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

/** Returns what a teardown consists of, in any order. */
export async function liveMachinery(place: Place, scope: Scope = {}): Promise<LiveMachinery> {
  const [lambda, iam] = [connect(place, LambdaClient, scope), connect(place, IAMClient, scope)];
  const logs = connect(place, CloudWatchLogsClient, scope);
  const [functions, roles] = [new Array<FunctionConfiguration>(), new Array<string>()];
  for await (const { Functions = [] } of paginateListFunctions({ client: lambda }, {})) functions.push(...Functions);
  for await (const { Roles = [] } of paginateListRoles({ client: iam }, {})) roles.push(...Roles.map(({ RoleName }) => RoleName!));
  const logGroups = await logGroupNames(logs);
  for (const client of [lambda, iam, logs]) client.destroy();
  return { functions, roles, logGroups };
}

export async function machinery(place: Place, account: string): Promise<Machinery> {
  const { functions, ...others } = await liveMachinery(place, { account });
  return { functions: functions.map(({ FunctionName }) => FunctionName!), ...others };
}

export function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => a < b ? -1 : 1));
}
