import type { Cluster } from './cluster';
import { arnOf, inRegion, Place } from './place';
import type { TaskDefinitions } from './task-definitions';
import { AwsError } from '../local-ecr/aws-error';
import { integer, oneOf, optionalText, requiredText } from '../local-ecr/constraints';
import type { IamContext } from '../local-ecr/iam';
import type { Input } from '../local-ecr/local-service';
import type { PageTokens } from '../local-ecr/page-tokens';
import type { Readings } from '../local-ecr/readings';

export interface EcsState {
  /** By ARN. */
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly taskDefinitions: TaskDefinitions;
  readonly tokens: PageTokens;
  readonly pageSize: number;
}

export interface EcsRequest extends EcsState {
  readonly operation: string;
  readonly input: Input;
  readonly place: Required<Place>;
  readonly readings: Readings;
  /** Checks all permissions in IAM. */
  allow(resources: readonly string[], context?: IamContext): void;
}

export interface Operation {
  /** The supported members. Any other member is a defect of the fake, not of the request. */
  readonly members: readonly string[];
  run(request: EcsRequest): object;
}

export const operations: Partial<Record<string, Operation>> = {
  ListClusters: {
    members: ['maxResults', 'nextToken'],
    run(request) {
      request.allow(['*']);
      const mine = [...request.clusters.keys()].filter(arn => arn.startsWith(arnOf('cluster/', request.place)));
      return page(request, 'clusterArns', mine, 100);
    },
  },
  ListTasks: {
    members: ['cluster', 'desiredStatus', 'maxResults', 'nextToken'],
    run(request) {
      const cluster = allowedCluster(request);
      const status = oneOf('desiredStatus', request.input.desiredStatus, ['RUNNING', 'PENDING', 'STOPPED']) ?? 'RUNNING';
      const tasks = [...cluster.tasks.values()].filter(task => task.desiredStatus === status);
      return page(request, 'taskArns', tasks.map(task => task.taskArn), 100);
    },
  },
  ListServices: {
    members: ['cluster', 'maxResults', 'nextToken'],
    run(request) {
      const active = [...allowedCluster(request).services.values()].filter(service => service.status === 'ACTIVE');
      return page(request, 'serviceArns', active.map(service => service.serviceArn), 10);
    },
  },
  DescribeTasks: {
    members: ['cluster', 'tasks'],
    run(request) {
      const arns = batch(request, 'task', {
        member: 'tasks', max: 100, empty: 'Tasks cannot be empty.', full: 'taskIds can have at most 100 items.',
      });
      return looked('tasks', arns, allowedCluster(request, arns).tasks);
    },
  },
  DescribeServices: {
    members: ['cluster', 'services'],
    run(request) {
      const arns = batch(request, 'service', {
        member: 'services', max: 10, empty: 'Services cannot be empty.', full: 'service names can have at most 10 items.',
      });
      return looked('services', arns, allowedCluster(request, arns).services);
    },
  },
  DescribeServiceRevisions: {
    members: ['serviceRevisionArns'],
    run(request) {
      const arns = batch(request, 'service-revision', {
        member: 'serviceRevisionArns',
        max: 20,
        empty: 'Service revisions cannot be empty.',
        full: 'service revisions can have at most 20 items.',
      });
      const revisions = new Map<string, object>();
      const { readings } = request;
      for (const arn of arns) {
        const [beginning, cluster, service] = inRegion(arn, request.place).split('/');
        const at = (type: string, name: string) => `${beginning.replace(/service-revision$/, type)}/${name}`;
        const [clusterName, serviceArn] = [at('cluster', cluster), at('service', `${cluster}/${service}`)];
        request.allow([serviceArn, arn], { 'ecs:cluster': clusterName });
        const found = arn.startsWith(arnOf('service-revision/', request.place)) ? request.clusters.get(clusterName) : undefined;
        if (found?.services.get(serviceArn)?.status === 'INACTIVE') {
          throw new AwsError('InvalidParameterException', 'Cannot call DescribeServiceRevisions for a service that is INACTIVE');
        }
        const revision = found?.revisions.get(arn);
        if (revision) revisions.set(arn, revision);
        else if (readings.isOther('ecs-revision-missing')) throw new AwsError('ServiceNotFoundException', 'Service not found.');
      }
      return looked('serviceRevisions', arns, revisions);
    },
  },
  ListTaskDefinitions: {
    members: ['familyPrefix', 'status', 'sort', 'maxResults', 'nextToken'],
    run(request) {
      const { input, taskDefinitions, place } = request;
      request.allow(['*']);
      const status = oneOf('status', input.status, ['ACTIVE', 'INACTIVE', 'DELETE_IN_PROGRESS']) ?? 'ACTIVE';
      const arns = taskDefinitions.list(optionalText('familyPrefix', input.familyPrefix), status as 'ACTIVE', place);
      const isDescending = oneOf('sort', input.sort, ['ASC', 'DESC']) === 'DESC';
      return page(request, 'taskDefinitionArns', isDescending ? arns.reverse() : arns, 100);
    },
  },
  DescribeTaskDefinition: {
    members: ['taskDefinition'],
    run({ input, place, taskDefinitions, allow }) {
      allow(['*']);
      return { taskDefinition: taskDefinitions.find(requiredText('taskDefinition', input.taskDefinition), place) };
    },
  },
};

function clusterArn({ input, place }: EcsRequest): string {
  const reference = optionalText('cluster', input.cluster) ?? 'default';
  return reference.startsWith('arn:') ? inRegion(reference, place) : arnOf(`cluster/${reference}`, place);
}

/** Checks IAM first, so that a caller without permission does not learn what exists. */
function allowedCluster(request: EcsRequest, resources: readonly string[] = ['*']): Cluster {
  const arn = clusterArn(request);
  request.allow(resources, { 'ecs:cluster': arn });
  const cluster = arn.startsWith(arnOf('cluster/', request.place)) ? request.clusters.get(arn) : undefined;
  if (!cluster) throw new AwsError('ClusterNotFoundException', 'Cluster not found.');
  return cluster;
}

interface Batch {
  readonly member: string;
  readonly max: number;
  readonly empty: string;
  readonly full: string;
}

/** Converts names to ARNs. ECS checks their number first. */
function batch(request: EcsRequest, type: string, { member, max, empty, full }: Batch): string[] {
  const references = request.input[member] ?? [];
  if (!Array.isArray(references) || !references.every(reference => typeof reference === 'string')) {
    throw new AwsError('InvalidParameterException', `${member} must be a list of strings`);
  }
  if (references.length === 0) throw new AwsError('InvalidParameterException', empty);
  if (references.length > max) throw new AwsError('InvalidParameterException', full);
  if (type === 'service-revision') return references;
  const cluster = clusterArn(request).split(':cluster/')[1];
  return references.map((reference: string) => {
    if (!reference.startsWith('arn:')) return arnOf(`${type}/${cluster}/${reference}`, request.place);
    const [, own] = inRegion(reference, request.place).split('/');
    if (own === cluster) return reference;
    throw new AwsError('InvalidParameterException', `Invalid identifier: Identifier is for cluster ${own}. Your cluster is ${cluster}`);
  });
}

function looked(member: string, arns: readonly string[], found: ReadonlyMap<string, object>): object {
  return {
    [member]: arns.flatMap(arn => found.get(arn) ?? []),
    failures: arns.filter(arn => !found.has(arn)).map(arn => ({ arn, reason: 'MISSING' })),
  };
}

function page({ operation, input, place, tokens, pageSize }: EcsRequest, member: string, arns: readonly string[], usual: number): object {
  const wanted = integer('maxResults', input.maxResults, 1, 100) ?? usual;
  const { maxResults: _size, nextToken: _token, ...filters } = input;
  const scope = JSON.stringify([operation, place, filters]);
  const [from] = tokens.open(scope, optionalText('nextToken', input.nextToken)) ?? [0];
  const until = from + Math.min(wanted, pageSize);
  return { [member]: arns.slice(from, until), ...until < arns.length ? { nextToken: tokens.seal(scope, [until]) } : {} };
}
