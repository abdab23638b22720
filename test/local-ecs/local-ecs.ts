/** A local Amazon ECS for calls of handlers. Behavior and sources: README.md. */
import { Cluster } from './cluster';
import { operations } from './operations';
import type { Place } from './place';
import { TaskDefinition, TaskDefinitionProps, TaskDefinitions } from './task-definitions';
import { AwsError } from '../local-ecr/aws-error';
import { jsonWire } from '../local-ecr/json-wire';
import { LocalService, LocalServiceOptions, ServiceRequest } from '../local-ecr/local-service';
import { PageTokens } from '../local-ecr/page-tokens';

export interface LocalEcsOptions extends LocalServiceOptions {
  /** Maximum number of rows in a page, regardless of `maxResults`. @default - `maxResults` */
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

  /** Returns the cluster with this name, and creates it if it does not exist. */
  cluster(name = 'default', place: Place = {}): Cluster {
    const cluster = new Cluster(name, place, reference => this.taskDefinitions.find(reference, place), this.now);
    const known = this.clusters.get(cluster.arn);
    if (!known) this.clusters.set(cluster.arn, cluster);
    return known ?? cluster;
  }

  /** Deletes the cluster. */
  deleteCluster(name: string, place: Place = {}): void {
    this.clusters.delete(this.cluster(name, place).arn);
  }

  /** Registers the next revision of the family and returns its ARN. */
  taskDefinition(family: string, props: TaskDefinitionProps, place: Place = {}): string {
    return this.taskDefinitions.register(family, props, place).taskDefinitionArn;
  }

  /** Deregisters the revision, or removes it (undefined). */
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
      readings: this.readings,
      place: { account: this.principals.find(accessKeyId).account, region },
      allow: (resources, context = {}) =>
        this.principals.authorise(accessKeyId, resources.map(resource => ({ action: `ecs:${name}`, resource, context }))),
    });
  }
}
