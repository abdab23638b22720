import {
  DescribeServicesCommand, DescribeTaskDefinitionCommand, DescribeTasksCommand, ListClustersCommand, ListServicesCommand, ListTasksCommand,
} from '@aws-sdk/client-ecs';
import type { ECSClient, Service } from '@aws-sdk/client-ecs';
import { Reference, referenceTo } from './reference';
import type { ImageUser } from '../../../src/core/lifecycle/guard';
import { isNamed } from '../errors';
import type { Job } from '../job';
import { untilAllowed } from '../permission';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html and API_DescribeServices.html */
const TASKS_AT_ONCE = 100;
const SERVICES_AT_ONCE = 10;

/** What runs, and what services would start next. */
export async function usedByEcs(job: Job<unknown>, ecs: ECSClient, repositoryArn: string, { clusters }: ImageUser): Promise<Reference[]> {
  const references = new Array<Reference>();
  const note = (reference: Reference | undefined) => { if (reference) references.push(reference); };
  const definitions = new Map<string, string>();
  for (const cluster of clusters ?? await allClusters(job, ecs)) {
    try {
      job.progress(`reading the tasks and services of ECS cluster ${nameOf(cluster)}`);
      for await (const task of tasks(job, ecs, cluster)) {
        task.containers?.forEach(({ image, imageDigest }) =>
          note(referenceTo(repositoryArn, image, `ECS task ${nameOf(cluster)}/${nameOf(task.taskArn)}`, imageDigest)));
      }
      for await (const service of services(job, ecs, cluster)) {
        for (const { taskDefinition } of [service, ...service.deployments ?? [], ...service.taskSets ?? []]) {
          if (taskDefinition) definitions.set(taskDefinition, `ECS service ${nameOf(cluster)}/${service.serviceName}`);
        }
      }
    } catch (error) {
      // one that was listed may go while others are read; one that the user named must be there
      if (clusters || !isNamed(error, 'ClusterNotFoundException')) throw error;
    }
  }
  for (const [taskDefinition, usedBy] of definitions) {
    const answer = await untilAllowed(job, () => ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }), { abortSignal: job.signal }));
    answer?.taskDefinition?.containerDefinitions?.forEach(({ image }) => note(referenceTo(repositoryArn, image, usedBy)));
  }
  return references;
}

async function allClusters(job: Job<unknown>, ecs: ECSClient): Promise<string[]> {
  job.progress('listing ECS clusters');
  return everyPage(async nextToken => {
    const page = await untilAllowed(job, () => ecs.send(new ListClustersCommand({ nextToken }), { abortSignal: job.signal }));
    return { items: page?.clusterArns, nextToken: page?.nextToken };
  });
}

async function* tasks(job: Job<unknown>, ecs: ECSClient, cluster: string) {
  const arns = await everyPage(async nextToken => {
    const page = await untilAllowed(job, () => ecs.send(new ListTasksCommand({ cluster, nextToken }), { abortSignal: job.signal }));
    return { items: page?.taskArns, nextToken: page?.nextToken };
  });
  for (let from = 0; from < arns.length; from += TASKS_AT_ONCE) {
    const input = { cluster, tasks: arns.slice(from, from + TASKS_AT_ONCE) };
    // a failure is a task that has stopped meanwhile
    const answer = await untilAllowed(job, () => ecs.send(new DescribeTasksCommand(input), { abortSignal: job.signal }));
    for (const task of answer?.tasks ?? []) yield task;
  }
}

async function* services(job: Job<unknown>, ecs: ECSClient, cluster: string): AsyncGenerator<Service> {
  const arns = await everyPage(async nextToken => {
    const input = { cluster, nextToken, maxResults: 100 };
    const page = await untilAllowed(job, () => ecs.send(new ListServicesCommand(input), { abortSignal: job.signal }));
    return { items: page?.serviceArns, nextToken: page?.nextToken };
  });
  for (let from = 0; from < arns.length; from += SERVICES_AT_ONCE) {
    const input = { cluster, services: arns.slice(from, from + SERVICES_AT_ONCE) };
    const answer = await untilAllowed(job, () => ecs.send(new DescribeServicesCommand(input), { abortSignal: job.signal }));
    for (const service of answer?.services ?? []) yield service;
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
