import {
  DescribeServicesCommand, DescribeTaskDefinitionCommand, DescribeTasksCommand, ListClustersCommand, ListServicesCommand, ListTasksCommand,
} from '@aws-sdk/client-ecs';
import type { ECSClient, Service } from '@aws-sdk/client-ecs';
import type { Use } from './reference';
import type { ImageUser } from '../../../src/core/images/image-user';
import { retryDenied } from '../aws/retry-denied';
import { isNamed } from '../protocol/errors';
import type { Task } from '../protocol/job';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html and API_DescribeServices.html */
const TASKS_AT_ONCE = 100;
const SERVICES_AT_ONCE = 10;

/** What runs, and what services would start next. */
export async function usedByEcs(task: Task, ecs: ECSClient, { clusters }: ImageUser): Promise<Use[]> {
  const uses = new Array<Use>();
  const definitions = new Map<string, string>();
  for (const cluster of clusters ?? await allClusters(task, ecs)) {
    try {
      task.progress(`reading the tasks and services of ECS cluster ${nameOf(cluster)}`);
      for await (const { containers, taskArn } of tasks(task, ecs, cluster)) {
        containers?.forEach(({ image, imageDigest }) =>
          uses.push({ image, resolvedDigest: imageDigest, usedBy: `ECS task ${nameOf(cluster)}/${nameOf(taskArn)}` }));
      }
      for await (const service of services(task, ecs, cluster)) {
        for (const { taskDefinition } of [service, ...service.deployments ?? [], ...service.taskSets ?? []]) {
          if (taskDefinition) definitions.set(taskDefinition, `ECS service ${nameOf(cluster)}/${service.serviceName}`);
        }
      }
    } catch (error) {
      // a cluster from the list may be deleted while others are read; one that the user named must exist
      if (clusters || !isNamed(error, 'ClusterNotFoundException')) throw error;
    }
  }
  for (const [taskDefinition, usedBy] of definitions) {
    const answer = await retryDenied(task, () => ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }), { abortSignal: task.signal }));
    answer?.taskDefinition?.containerDefinitions?.forEach(({ image }) => uses.push({ image, usedBy }));
  }
  return uses;
}

async function allClusters(task: Task, ecs: ECSClient): Promise<string[]> {
  task.progress('listing ECS clusters');
  return everyPage(async nextToken => {
    const page = await retryDenied(task, () => ecs.send(new ListClustersCommand({ nextToken }), { abortSignal: task.signal }));
    return { items: page?.clusterArns, nextToken: page?.nextToken };
  });
}

async function* tasks(task: Task, ecs: ECSClient, cluster: string) {
  const arns = await everyPage(async nextToken => {
    const page = await retryDenied(task, () => ecs.send(new ListTasksCommand({ cluster, nextToken }), { abortSignal: task.signal }));
    return { items: page?.taskArns, nextToken: page?.nextToken };
  });
  for (let from = 0; from < arns.length; from += TASKS_AT_ONCE) {
    const input = { cluster, tasks: arns.slice(from, from + TASKS_AT_ONCE) };
    // a failure is a task that stopped in the meantime
    const answer = await retryDenied(task, () => ecs.send(new DescribeTasksCommand(input), { abortSignal: task.signal }));
    yield* answer?.tasks ?? [];
  }
}

async function* services(task: Task, ecs: ECSClient, cluster: string): AsyncGenerator<Service> {
  const arns = await everyPage(async nextToken => {
    const input = { cluster, nextToken, maxResults: 100 };
    const page = await retryDenied(task, () => ecs.send(new ListServicesCommand(input), { abortSignal: task.signal }));
    return { items: page?.serviceArns, nextToken: page?.nextToken };
  });
  for (let from = 0; from < arns.length; from += SERVICES_AT_ONCE) {
    const input = { cluster, services: arns.slice(from, from + SERVICES_AT_ONCE) };
    const answer = await retryDenied(task, () => ecs.send(new DescribeServicesCommand(input), { abortSignal: task.signal }));
    yield* answer?.services ?? [];
  }
}

async function everyPage(read: (nextToken: string | undefined) => Promise<{ items?: string[]; nextToken?: string }>): Promise<string[]> {
  const all = new Array<string>();
  let nextToken: string | undefined;
  do {
    const page = await read(nextToken);
    all.push(...page.items ?? []);
    nextToken = page.nextToken;
  } while (nextToken);
  return all;
}

function nameOf(arn: string | undefined): string {
  return arn?.split('/').pop() ?? '?';
}
