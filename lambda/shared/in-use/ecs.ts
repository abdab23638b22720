import {
  DescribeServicesCommand, DescribeTaskDefinitionCommand, DescribeTasksCommand, ListClustersCommand, ListServicesCommand, ListTasksCommand,
} from '@aws-sdk/client-ecs';
import type { ECSClient, Service } from '@aws-sdk/client-ecs';
import type { Use } from './reference';
import type { ImageUser } from '../../../src/core/images/image-user';
import { sendCommand } from '../aws/send-command';
import { isNamed } from '../protocol/errors';
import type { Task } from '../protocol/job';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html and API_DescribeServices.html */
const TASKS_AT_ONCE = 100;
const SERVICES_AT_ONCE = 10;

/** Returns the images of running tasks, and the images that services would start next. */
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
      // a listed cluster may be deleted while others are read; a cluster that the user named must exist
      if (clusters || !isNamed(error, 'ClusterNotFoundException')) throw error;
    }
  }
  for (const [taskDefinition, usedBy] of definitions) {
    const answer = await sendCommand(task, ecs, DescribeTaskDefinitionCommand, { taskDefinition });
    answer?.taskDefinition?.containerDefinitions?.forEach(({ image }) => uses.push({ image, usedBy }));
  }
  return uses;
}

async function allClusters(task: Task, ecs: ECSClient): Promise<string[]> {
  task.progress('listing ECS clusters');
  return everyPage(async nextToken => sendCommand(task, ecs, ListClustersCommand, { nextToken }), page => page.clusterArns);
}

async function* tasks(task: Task, ecs: ECSClient, cluster: string) {
  const arns = await everyPage(async nextToken => sendCommand(task, ecs, ListTasksCommand, { cluster, nextToken }), page => page.taskArns);
  for (let from = 0; from < arns.length; from += TASKS_AT_ONCE) {
    const input = { cluster, tasks: arns.slice(from, from + TASKS_AT_ONCE) };
    // a failure is a task that stopped in the meantime
    const answer = await sendCommand(task, ecs, DescribeTasksCommand, input);
    yield* answer?.tasks ?? [];
  }
}

async function* services(task: Task, ecs: ECSClient, cluster: string): AsyncGenerator<Service> {
  const read = async (nextToken?: string) => sendCommand(task, ecs, ListServicesCommand, { cluster, nextToken, maxResults: 100 });
  const arns = await everyPage(read, page => page.serviceArns);
  for (let from = 0; from < arns.length; from += SERVICES_AT_ONCE) {
    const input = { cluster, services: arns.slice(from, from + SERVICES_AT_ONCE) };
    const answer = await sendCommand(task, ecs, DescribeServicesCommand, input);
    yield* answer?.services ?? [];
  }
}

async function everyPage<Page extends { nextToken?: string }>(
  read: (nextToken: string | undefined) => Promise<Page | undefined>, arnsIn: (page: Page) => string[] | undefined,
): Promise<string[]> {
  const arns = new Array<string>();
  let page: Page | undefined;
  do {
    page = await read(page?.nextToken);
    arns.push(...page && arnsIn(page) || []);
  } while (page?.nextToken);
  return arns;
}

function nameOf(arn: string | undefined): string {
  return arn?.split('/').pop() ?? '?';
}
