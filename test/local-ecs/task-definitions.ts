import { arnOf, inRegion, Place } from './place';
import { AwsError } from '../local-ecr/aws-error';

export type ContainerImage = string | { readonly name: string; readonly image: string };

export interface TaskDefinitionProps {
  /** Images. Containers without a name are named container-1, container-2, and so on. */
  readonly containers: readonly ContainerImage[];
  /** @default 'ACTIVE' */
  readonly status?: 'ACTIVE' | 'INACTIVE' | 'DELETE_IN_PROGRESS';
}

export interface TaskDefinition {
  readonly taskDefinitionArn: string;
  readonly family: string;
  readonly revision: number;
  readonly status: NonNullable<TaskDefinitionProps['status']>;
  readonly containerDefinitions: ReadonlyArray<{ readonly name: string; readonly image: string }>;
}

/** Revisions of task definitions, of all accounts and Regions. */
export class TaskDefinitions {
  private readonly byArn = new Map<string, TaskDefinition>();
  private readonly revisions = new Map<string, number>();

  /** Creates the next revision of the family. A number is never used twice. */
  register(family: string, { containers, status = 'ACTIVE' }: TaskDefinitionProps, place: Place): TaskDefinition {
    const key = arnOf(`task-definition/${family}`, place);
    const revision = (this.revisions.get(key) ?? 0) + 1;
    this.revisions.set(key, revision);
    const definition: TaskDefinition = {
      taskDefinitionArn: `${key}:${revision}`,
      family,
      revision,
      status,
      containerDefinitions: containers.map((container, index) =>
        typeof container === 'string' ? { name: `container-${index + 1}`, image: container } : container),
    };
    this.byArn.set(definition.taskDefinitionArn, definition);
    return definition;
  }

  /** Sets a revision to INACTIVE, or removes it. */
  change(arn: string, status: TaskDefinition['status'] | undefined): void {
    const definition = this.byArn.get(arn);
    if (!definition) throw new Error(`no task definition ${arn}`);
    if (status) this.byArn.set(arn, { ...definition, status });
    else this.byArn.delete(arn);
  }

  /** ARNs by family and in ascending order of the revision. */
  list(family: string | undefined, status: TaskDefinition['status'], place: Place): string[] {
    const order = (one: TaskDefinition, other: TaskDefinition) =>
      one.family === other.family ? one.revision - other.revision : one.family < other.family ? -1 : 1;
    return [...this.byArn.values()]
      .filter(each => each.taskDefinitionArn.startsWith(arnOf('', place)) && each.status === status)
      .filter(each => family === undefined || each.family === family)
      .sort(order).map(each => each.taskDefinitionArn);
  }

  /** By ARN, `family:revision`, or a family for its latest active revision. */
  find(reference: string, place: Place): TaskDefinition {
    const arn = reference.startsWith('arn:') ? inRegion(reference, place) : arnOf(`task-definition/${reference}`, place);
    const latestActive = () => [...this.byArn.values()].filter(({ taskDefinitionArn, status }) =>
      status === 'ACTIVE' && taskDefinitionArn.slice(0, taskDefinitionArn.lastIndexOf(':')) === arn).pop();
    const definition = arn.startsWith(arnOf('', place)) ? this.byArn.get(arn) ?? latestActive() : undefined;
    if (!definition) throw new AwsError('ClientException', 'Unable to describe task definition.');
    return definition;
  }
}
