/**
 * A local Amazon ECS for what handlers read: which images run, and which services would start.
 * Sources: ECS API reference (the six operations, Task, Container, Service, Deployment, TaskSet; DeleteService for what ListServices shows),
 * developer guide ("API failure reasons", "Request throttling"), service authorization reference, @aws-sdk/client-ecs; texts of refusals:
 * gchq/sleeper#555 (100 tasks), structurely/ecs-autoscale#32 (10 services), cuttlesoft/ecs-deploy.py#14 (no tasks), and public code.
 *
 * Protocol: JSON 1.1. State is kept per account, which is that of the caller, and Region.
 *
 * - ListTasks shows tasks by their *desired* status, RUNNING by default: a task that is being stopped still runs and is not among them.
 *   PENDING finds nothing, ever. ListServices shows ACTIVE services only; draining and inactive ones are found by DescribeServices.
 * - Pages hold up to 100 (ListServices: 10 by default); `pageSize` makes them smaller, as ECS may. A token is good for the same operation and
 *   input only, and counts from the start of the list: tasks that stop while paging shift it.
 * - Absent tasks and services are MISSING in a 200. An absent cluster is a ClusterNotFoundException, `default` too.
 * - A service keeps older task definitions in its deployments or task sets until a deployment ends. Its task definition may have been
 *   deregistered meanwhile; it can still be described by its revision, but is no longer the latest one of its family.
 * - A container has no digest before its image was pulled. `imageDigest` is given back as seeded: whether ECS reports the index or the
 *   manifest of the platform is UNCERTAIN. Docker agents report what was pulled by, which is the index (aws/amazon-ecs-agent#3576); Fargate
 *   documents nothing. Test with both.
 * - UNCERTAIN, on the stricter side: ARNs of another account, Region or cluster are MISSING or not found, where ECS may refuse them as invalid;
 *   INACTIVE task definitions stay until `changeTaskDefinition(arn)` takes them away (ECS: only as long as something uses them).
 * Rates on AWS, for `limitRate` (sustained / burst a second): ListTasks with DescribeTasks 20/100, ListServices with DescribeServices 20/100,
 * ListClusters 20/50, DescribeTaskDefinition 20/50. Here each operation has a bucket of its own.
 * IAM: tasks and services on their ARNs, each of a batch; everything else on `*`, with `ecs:cluster` where a cluster is named.
 * Not here: filters, launch types, tags, tasks in the old ARN format, service revisions.
 */
import { Cluster } from './cluster';
import { operations } from './operations';
import type { Place } from './place';
import { TaskDefinition, TaskDefinitionProps, TaskDefinitions } from './task-definitions';
import { AwsError } from '../local-ecr/aws-error';
import { jsonWire } from '../local-ecr/json-wire';
import { LocalService, LocalServiceOptions, ServiceRequest } from '../local-ecr/local-service';
import { PageTokens } from '../local-ecr/page-tokens';

export interface LocalEcsOptions extends LocalServiceOptions {
  /** Rows in a page at most, whatever `maxResults` says. @default - as many as `maxResults` */
  readonly pageSize?: number;
}

export class LocalEcs extends LocalService {
  static async start(options: LocalEcsOptions = {}): Promise<LocalEcs> {
    const ecs = new LocalEcs(options);
    await ecs.listen();
    return ecs;
  }

  /** By ARN. */
  private readonly clusters = new Map<string, Cluster>();
  private readonly taskDefinitions = new TaskDefinitions();
  private readonly tokens = new PageTokens();
  private readonly pageSize: number;

  private constructor(options: LocalEcsOptions) {
    super(jsonWire('ecs', 'AmazonEC2ContainerServiceV20141113'), options);
    this.pageSize = options.pageSize ?? Infinity;
  }

  /** The cluster of this name, created where it is missing. */
  cluster(name = 'default', place: Place = {}): Cluster {
    const cluster = new Cluster(name, place, reference => this.taskDefinitions.find(reference, place), this.now);
    const known = this.clusters.get(cluster.arn);
    if (!known) this.clusters.set(cluster.arn, cluster);
    return known ?? cluster;
  }

  /** Someone deletes the cluster. */
  deleteCluster(name: string, place: Place = {}): void {
    this.clusters.delete(this.cluster(name, place).arn);
  }

  /** Registers the next revision of the family and answers its ARN. */
  taskDefinition(family: string, props: TaskDefinitionProps, place: Place = {}): string {
    return this.taskDefinitions.register(family, props, place).taskDefinitionArn;
  }

  /** Someone deregisters the revision, or it is gone (undefined). */
  changeTaskDefinition(arn: string, status?: TaskDefinition['status']): void {
    this.taskDefinitions.change(arn, status);
  }

  protected perform({ operation: name, input, accessKeyId, region, fault }: ServiceRequest): object {
    const operation = operations[name];
    if (!operation) throw new AwsError('UnknownOperationException', `The operation ${name} is not known to this service`);
    if (fault?.kind === 'kms' || fault?.kind === 'imageFailure') throw new Error(`${name} cannot act out the fault "${fault.kind}"`);
    const unknown = Object.keys(input).filter(member => !operation.members.includes(member));
    if (unknown.length > 0) throw new Error(`${unknown.join(', ')} of ${name} is not modelled`);
    const { clusters, taskDefinitions, tokens, pageSize } = this;
    return operation.run({
      operation: name,
      input,
      clusters,
      taskDefinitions,
      tokens,
      pageSize,
      place: { account: this.principals.find(accessKeyId).account, region },
      allow: (resources, context = {}) =>
        this.principals.authorise(accessKeyId, resources.map(resource => ({ action: `ecs:${name}`, resource, context }))),
    });
  }
}
