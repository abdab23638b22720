import { randomBytes } from 'node:crypto';
import { arnOf, Place } from './place';
import type { TaskDefinition } from './task-definitions';

export interface ContainerProps {
  readonly image: string;
  readonly imageDigest?: string;
  /** @default - that of the container at this place in the task definition */
  readonly name?: string;
  /** @default - that of the task */
  readonly lastStatus?: string;
}

export interface TaskProps {
  /** ARN, `family:revision`, or family. */
  readonly taskDefinition: string;
  /** @default - those of the task definition, without a digest, as before the images were pulled */
  readonly containers?: readonly ContainerProps[];
  /** @default 'RUNNING' */
  readonly desiredStatus?: 'RUNNING' | 'STOPPED';
  /** @default - as `desiredStatus` */
  readonly lastStatus?: 'PROVISIONING' | 'PENDING' | 'ACTIVATING' | 'RUNNING' | 'DEACTIVATING' | 'STOPPING' | 'DEPROVISIONING' | 'STOPPED';
  /** @default - `family:<family>` */
  readonly group?: string;
}

export interface DeploymentProps {
  readonly status: 'PRIMARY' | 'ACTIVE' | 'INACTIVE';
  readonly taskDefinition: string;
  /** @default 'COMPLETED' */
  readonly rolloutState?: 'COMPLETED' | 'FAILED' | 'IN_PROGRESS';
}

export interface TaskSetProps {
  readonly status: 'PRIMARY' | 'ACTIVE' | 'DRAINING';
  readonly taskDefinition: string;
}

export interface RevisionProps {
  readonly taskDefinition: string;
  /** Images as in the task definition, with the digest that ECS resolved. @default - those of the task definition, without a digest */
  readonly containerImages?: ReadonlyArray<{ readonly containerName?: string; readonly image: string; readonly imageDigest?: string }>;
}

export interface ServiceProps {
  /** @default - none, as of a service with an external deployment controller */
  readonly taskDefinition?: string;
  /** @default - one PRIMARY of `taskDefinition`, unless there are task sets */
  readonly deployments?: readonly DeploymentProps[];
  /** Of CODE_DEPLOY and EXTERNAL controllers. @default - none */
  readonly taskSets?: readonly TaskSetProps[];
  /** @default 'ACTIVE' */
  readonly status?: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  /** @default 'CODE_DEPLOY' where there are task sets, otherwise 'ECS' */
  readonly deploymentController?: 'ECS' | 'CODE_DEPLOY' | 'EXTERNAL';
  /** @default 1 */
  readonly desiredCount?: number;
  /** Current revisions. @default - none, as of a service from before October 25, 2024 */
  readonly revisions?: readonly RevisionProps[];
}

export interface Task {
  readonly taskArn: string;
  readonly desiredStatus: string;
}

export interface Service {
  readonly serviceArn: string;
  readonly status: string;
}

export interface ServiceRevision {
  readonly serviceRevisionArn: string;
  readonly serviceArn: string;
}

/** A cluster that a test defines. Each method returns an ARN. */
export class Cluster {
  readonly arn: string;
  /** By ARN. */
  readonly tasks = new Map<string, Task>();
  readonly services = new Map<string, Service>();
  readonly revisions = new Map<string, ServiceRevision>();

  constructor(
    readonly name: string,
    private readonly place: Place,
    private readonly definition: (reference: string) => TaskDefinition,
    private readonly now: () => Date,
  ) {
    this.arn = arnOf(`cluster/${name}`, place);
  }

  task({ taskDefinition, containers, desiredStatus = 'RUNNING', lastStatus = desiredStatus, group }: TaskProps): string {
    const { taskDefinitionArn, family, containerDefinitions } = this.definition(taskDefinition);
    const id = randomBytes(16).toString('hex');
    const taskArn = this.taskArn(id);
    const task = {
      taskArn,
      taskDefinitionArn,
      clusterArn: this.arn,
      desiredStatus,
      lastStatus,
      group: group ?? `family:${family}`,
      createdAt: this.now().getTime() / 1000,
      containers: (containers ?? containerDefinitions).map((container, index) => ({
        lastStatus,
        taskArn,
        name: containerDefinitions[index]?.name ?? `container-${index + 1}`,
        containerArn: arnOf(`container/${this.name}/${id}/${index}`, this.place),
        ...container,
      })),
    };
    this.tasks.set(taskArn, task);
    return taskArn;
  }

  /** Creates or replaces the service. */
  service(name: string, props: ServiceProps): string {
    const serviceArn = arnOf(`service/${this.name}/${name}`, this.place);
    const taskDefinition = props.taskDefinition === undefined ? undefined : this.definition(props.taskDefinition).taskDefinitionArn;
    const { taskSets = [], status = 'ACTIVE', desiredCount = 1 } = props;
    const primary: DeploymentProps[] = taskDefinition !== undefined && taskSets.length === 0 ? [{ status: 'PRIMARY', taskDefinition }] : [];
    const createdAt = this.now().getTime() / 1000;
    const revisions = (props.revisions ?? []).map(revision => this.revision(name, serviceArn, revision));
    const service = {
      serviceArn,
      serviceName: name,
      clusterArn: this.arn,
      status,
      desiredCount,
      createdAt,
      ...revisions.length === 0 ? {} : { currentServiceRevisions: revisions.map(arn => ({ arn, requestedTaskCount: desiredCount })) },
      ...taskDefinition === undefined ? {} : { taskDefinition },
      deploymentController: { type: props.deploymentController ?? (taskSets.length > 0 ? 'CODE_DEPLOY' : 'ECS') },
      deployments: (props.deployments ?? primary).map((deployment, index) => ({
        id: `ecs-svc/${index}`,
        rolloutState: 'COMPLETED',
        createdAt,
        ...deployment,
        taskDefinition: this.definition(deployment.taskDefinition).taskDefinitionArn,
      })),
      taskSets: taskSets.map((taskSet, index) => ({
        id: `ecs-svc/${index}`,
        taskSetArn: arnOf(`task-set/${this.name}/${name}/ecs-svc/${index}`, this.place),
        serviceArn,
        createdAt,
        ...taskSet,
        taskDefinition: this.definition(taskSet.taskDefinition).taskDefinitionArn,
      })),
    };
    this.services.set(serviceArn, service);
    return serviceArn;
  }

  private revision(service: string, serviceArn: string, { taskDefinition, containerImages }: RevisionProps): string {
    const { taskDefinitionArn, containerDefinitions } = this.definition(taskDefinition);
    const serviceRevisionArn = arnOf(`service-revision/${this.name}/${service}/${1_000 + this.revisions.size}`, this.place);
    this.revisions.set(serviceRevisionArn, {
      serviceRevisionArn,
      serviceArn,
      clusterArn: this.arn,
      taskDefinition: taskDefinitionArn,
      containerImages: (containerImages ?? containerDefinitions).map((container, index) => ({
        containerName: containerDefinitions[index]?.name ?? `container-${index + 1}`,
        image: container.image,
        ...'imageDigest' in container ? { imageDigest: container.imageDigest } : {},
      })),
    } as ServiceRevision);
    return serviceRevisionArn;
  }

  /** Sets another status, or removes the task (undefined). */
  changeTask(taskArn: string, change: { readonly desiredStatus?: string; readonly lastStatus?: string } | undefined): void {
    const task = this.tasks.get(taskArn);
    if (!task) throw new Error(`no task ${taskArn}`);
    if (change) this.tasks.set(taskArn, { ...task, ...change });
    else this.tasks.delete(taskArn);
  }

  taskArn(reference: string): string {
    return reference.startsWith('arn:') ? reference : arnOf(`task/${this.name}/${reference}`, this.place);
  }
}
