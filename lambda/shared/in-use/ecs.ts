import {
  DescribeServiceRevisionsCommand, DescribeServicesCommand, DescribeTaskDefinitionCommand, DescribeTasksCommand, ListClustersCommand,
  ListServicesCommand, ListTaskDefinitionsCommand, ListTasksCommand,
} from '@aws-sdk/client-ecs';
import type { ECSClient, Service, ServiceRevision } from '@aws-sdk/client-ecs';
import type { Use } from './reference';
import type { ServiceUser } from '../../../src/core/images/image-user';
import { sendCommand } from '../aws/send-command';
import { isNamed } from '../protocol/errors';
import type { Task } from '../protocol/job';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html and API_DescribeServices.html */
const TASKS_AT_ONCE = 100;
const SERVICES_AT_ONCE = 10;
/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceRevisions.html */
const REVISIONS_AT_ONCE = 20;

/** Returns the images of running tasks, and the images that services, or people with one of the newest revisions, would start next. */
export async function usedByEcs(task: Task, ecs: ECSClient, { clusters, newestTaskDefinitions = 0 }: ServiceUser): Promise<Use[]> {
  const uses = new Array<Use>();
  const services = new Array<ServiceUse>();
  const families = new Set<string>();
  for (const cluster of clusters ?? await allClusters(task, ecs)) {
    try {
      task.progress(`reading the tasks and services of ECS cluster ${nameOf(cluster)}`);
      for await (const { containers, taskArn, taskDefinitionArn } of tasksOf(task, ecs, cluster)) {
        containers?.forEach(({ image, imageDigest }) =>
          uses.push({ image, resolvedDigest: imageDigest, usedBy: `ECS task ${nameOf(cluster)}/${nameOf(taskArn)}` }));
        if (taskDefinitionArn) families.add(familyOf(taskDefinitionArn));
      }
      for await (const service of servicesOf(task, ecs, cluster)) services.push(serviceUse(cluster, service));
    } catch (error) {
      // a listed cluster may be deleted while others are read; a cluster that the user named must exist
      if (clusters || !isNamed(error, 'ClusterNotFoundException')) throw error;
    }
  }
  const images = new TaskDefinitionImages(task, ecs);
  uses.push(...await usedByServices(services, await describeRevisions(task, ecs, services), images));
  if (newestTaskDefinitions === 0) return uses;
  for (const { taskDefinitions } of services) taskDefinitions.forEach(arn => families.add(familyOf(arn)));
  for (const family of families) {
    for (const arn of await newestOf(task, ecs, family, newestTaskDefinitions)) {
      for (const image of await images.of(arn)) uses.push({ image, usedBy: `ECS task definition ${nameOf(arn)}` });
    }
  }
  return uses;
}

/** What a service starts. */
interface ServiceUse {
  readonly usedBy: string;
  readonly taskDefinitions: readonly string[];
  readonly revisionArns: readonly string[];
}

function serviceUse(cluster: string, service: Service): ServiceUse {
  const taskDefinitions = [service, ...service.deployments ?? [], ...service.taskSets ?? []].flatMap(each => each.taskDefinition ?? []);
  return {
    usedBy: `ECS service ${nameOf(cluster)}/${service.serviceName}`,
    taskDefinitions: [...new Set(taskDefinitions)],
    revisionArns: (service.currentServiceRevisions ?? []).flatMap(({ arn }) => arn ?? []),
  };
}

/**
 * Returns the digests that services have pinned, which their next tasks start. The tag of a task definition is in use only where a digest
 * is not known: before the first task of a deployment, without version consistency, and for services without revisions.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerImage.html
 */
async function usedByServices(
  services: readonly ServiceUse[], revisions: ReadonlyMap<string, ServiceRevision>, images: TaskDefinitionImages,
): Promise<Use[]> {
  const uses = new Map<string, Use>();
  const add = (use: Use) => uses.set(JSON.stringify([use.image, use.resolvedDigest]), use);
  for (const { usedBy, taskDefinitions, revisionArns } of services) {
    const known = revisionArns.flatMap(arn => revisions.get(arn) ?? []);
    for (const { containerImages = [] } of known) {
      for (const { image, imageDigest } of containerImages) if (imageDigest) add({ image, resolvedDigest: imageDigest, usedBy });
    }
    for (const taskDefinition of taskDefinitions) {
      const own = known.filter(revision => revision.taskDefinition === taskDefinition);
      const isPinned = (image: string) => known.length === revisionArns.length && own.length > 0
        && own.every(({ containerImages = [] }) => containerImages.some(each => each.image === image)
          && containerImages.every(each => each.image !== image || each.imageDigest));
      for (const image of await images.of(taskDefinition)) if (!isPinned(image)) add({ image, usedBy });
    }
  }
  return [...uses.values()];
}

/** Returns revisions by ARN, without those that ECS does not describe. */
async function describeRevisions(task: Task, ecs: ECSClient, services: readonly ServiceUse[]): Promise<Map<string, ServiceRevision>> {
  const arns = services.flatMap(({ revisionArns }) => revisionArns);
  const revisions = new Map<string, ServiceRevision>();
  const describe = async (serviceRevisionArns: string[]): Promise<void> => {
    try {
      const answer = await sendCommand(task, ecs, DescribeServiceRevisionsCommand, { serviceRevisionArns });
      for (const revision of answer?.serviceRevisions ?? []) revisions.set(revision.serviceRevisionArn ?? '', revision);
    } catch (error) {
      // UNCERTAIN: a service that was deleted since it was listed invalidates the call (message in the tests of aws/aws-cli). If its
      // revision is not known, the tags of its task definition are in use.
      if (!isNamed(error, 'InvalidParameterException', 'ServiceNotFoundException', 'ClusterNotFoundException')) throw error;
      if (serviceRevisionArns.length > 1) for (const arn of serviceRevisionArns) await describe([arn]);
    }
  };
  for (let from = 0; from < arns.length; from += REVISIONS_AT_ONCE) {
    task.progress(`reading the revisions of ECS services (${revisions.size} of ${arns.length} so far)`);
    await describe(arns.slice(from, from + REVISIONS_AT_ONCE));
  }
  return revisions;
}

/** The images of task definitions, each read once. */
class TaskDefinitionImages {
  private readonly byArn = new Map<string, string[]>();

  constructor(private readonly task: Task, private readonly ecs: ECSClient) {}

  async of(taskDefinition: string): Promise<readonly string[]> {
    const known = this.byArn.get(taskDefinition);
    if (known) return known;
    const answer = await sendCommand(this.task, this.ecs, DescribeTaskDefinitionCommand, { taskDefinition });
    const images = (answer?.taskDefinition?.containerDefinitions ?? []).flatMap(({ image }) => image ?? []);
    this.byArn.set(taskDefinition, images);
    return images;
  }
}

/** Returns the ARNs of the newest active revisions of a family. */
async function newestOf(task: Task, ecs: ECSClient, family: string, count: number): Promise<string[]> {
  task.progress(`listing the newest task definitions of family ${family}`);
  const arns = new Array<string>();
  let nextToken: string | undefined;
  do {
    const input = { familyPrefix: family, status: 'ACTIVE', sort: 'DESC', maxResults: count, nextToken } as const;
    const page = await sendCommand(task, ecs, ListTaskDefinitionsCommand, input);
    arns.push(...(page?.taskDefinitionArns ?? []).filter(arn => familyOf(arn) === family));
    nextToken = page?.nextToken;
  } while (nextToken && arns.length < count);
  return arns.slice(0, count);
}

async function allClusters(task: Task, ecs: ECSClient): Promise<string[]> {
  task.progress('listing ECS clusters');
  return everyPage(async nextToken => sendCommand(task, ecs, ListClustersCommand, { nextToken }), page => page.clusterArns);
}

async function* tasksOf(task: Task, ecs: ECSClient, cluster: string) {
  const arns = await everyPage(async nextToken => sendCommand(task, ecs, ListTasksCommand, { cluster, nextToken }), page => page.taskArns);
  for (let from = 0; from < arns.length; from += TASKS_AT_ONCE) {
    const input = { cluster, tasks: arns.slice(from, from + TASKS_AT_ONCE) };
    // a failure is a task that stopped in the meantime
    const answer = await sendCommand(task, ecs, DescribeTasksCommand, input);
    yield* answer?.tasks ?? [];
  }
}

async function* servicesOf(task: Task, ecs: ECSClient, cluster: string): AsyncGenerator<Service> {
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

function nameOf(arn = '?'): string {
  return arn.split('/').pop()!;
}

/** Returns the family of a revision of a task definition. */
function familyOf(arn: string): string {
  return nameOf(arn).split(':')[0];
}

/** Returns the images that one service starts; none if it no longer exists. */
export async function usedByService(task: Task, ecs: ECSClient, serviceArn: string): Promise<Use[]> {
  const [, cluster] = /:service\/([^/]+)\//.exec(serviceArn) ?? [];
  const answer = await sendCommand(task, ecs, DescribeServicesCommand, { cluster, services: [serviceArn] });
  const services = (answer?.services ?? []).map(service => serviceUse(cluster ?? 'default', service));
  return usedByServices(services, await describeRevisions(task, ecs, services), new TaskDefinitionImages(task, ecs));
}
