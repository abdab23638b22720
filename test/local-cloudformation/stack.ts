export interface StackProps {
  /** Id of the outermost stack. Only a nested stack has one. */
  readonly rootId?: string;
  readonly parentId?: string;
}

export interface StackEvent {
  readonly StackId: string;
  readonly EventId: string;
  readonly StackName: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId: string;
  readonly ResourceType: string;
  readonly Timestamp: Date;
  readonly ResourceStatus: string;
  readonly ResourceStatusReason?: string;
}

/** One operation on a stack, with its events. */
export interface StackOperation {
  readonly OperationId: string;
  readonly OperationType: string;
  readonly firstEvent: number;
}

interface OperationEvent extends Omit<StackEvent, 'StackName'> {
  readonly OperationId: string;
  readonly OperationType: string;
}

/** The statuses at the start of an operation. */
const BEGINNINGS: Readonly<Record<string, string>> = {
  CREATE_IN_PROGRESS: 'CREATE_STACK',
  UPDATE_IN_PROGRESS: 'UPDATE_STACK',
  DELETE_IN_PROGRESS: 'DELETE_STACK',
  ROLLBACK_IN_PROGRESS: 'ROLLBACK',
  UPDATE_ROLLBACK_IN_PROGRESS: 'ROLLBACK',
};
export interface StackResource {
  /** @default - `<stack>-<logical id>`, as in the events */
  readonly physicalId?: string;
  readonly type: string;
  /** @default 'CREATE_COMPLETE' */
  readonly status?: string;
  readonly reason?: string;
}

const START = Date.UTC(2026, 0, 1);

const DAY = 24 * 60 * 60 * 1_000;

/** Days after which CloudFormation may forget an event. */
const REMEMBERED_DAYS = 90;

/** Returns the events that are not much older than the last one. */
export function remembered<E extends Pick<StackEvent, 'Timestamp'>>(events: readonly E[], last: Date): E[] {
  return events.filter(({ Timestamp }) => last.getTime() - Timestamp.getTime() <= REMEMBERED_DAYS * DAY);
}

/** A stack that a test defines. It exists from its first status on. */
export class Stack {
  readonly name: string;
  readonly region: string;
  readonly account: string;
  /** Oldest first. */
  events = new Array<StackEvent>();
  readonly operations = new Array<StackOperation>();
  private readonly resources = new Map<string, StackResource>();
  private current?: { readonly status: string; readonly reason?: string };

  constructor(readonly id: string, readonly props: StackProps) {
    const [, region, account, name] = /^arn:[^:]+:cloudformation:([^:]+):(\d{12}):stack\/([^/]+)\/.+$/.exec(id) ?? [];
    if (!region) throw new Error(`${id} is not the ARN of a stack`);
    [this.region, this.account, this.name] = [region, account, name];
  }

  get exists(): boolean {
    return this.current !== undefined;
  }

  get isDeleted(): boolean {
    return this.current?.status === 'DELETE_COMPLETE';
  }

  /** Sets the status and adds the stack event for it. */
  status(status: string, reason?: string): this {
    this.current = { status, ...reason === undefined ? {} : { reason } };
    const type = BEGINNINGS[status];
    const nth = this.operations.length + 1;
    if (type) this.operations.push({ OperationId: `operation-${nth}`, OperationType: type, firstEvent: this.events.length });
    return this.event(this.name, this.id, 'AWS::CloudFormation::Stack', status, reason);
  }

  resourceEvent(logicalId: string, type: string, status: string, reason?: string): this {
    return this.event(logicalId, `${this.name}-${logicalId}`, type, status, reason);
  }

  /** Moves all previous events this number of days into the past. */
  passDays(days: number): this {
    this.events = this.events.map(event => ({ ...event, Timestamp: new Date(event.Timestamp.getTime() - days * DAY) }));
    return this;
  }

  /** Sets the result of DescribeStackResource, without an event. */
  resource(logicalId: string, resource: StackResource): this {
    this.resources.set(logicalId, resource);
    return this;
  }

  /** Whether `resource` defined it. */
  knows(logicalId: string): boolean {
    return this.resources.has(logicalId);
  }

  describeResource(logicalId: string): object | undefined {
    const resource = this.resources.get(logicalId);
    if (!resource || (resource.status === 'DELETE_COMPLETE' && !this.isDeleted)) return undefined;
    return { ...this.viewOf(logicalId, resource), LastUpdatedTimestamp: new Date(START) };
  }

  /** Returns the result of DescribeStackResources for one physical id or for all resources. */
  resourcesOf(physicalId?: string) {
    return [...this.resources].map(([logicalId, resource]) => ({ ...this.viewOf(logicalId, resource), Timestamp: new Date(START) }))
      .filter(({ PhysicalResourceId }) => physicalId === undefined || PhysicalResourceId === physicalId);
  }

  /** Returns the result of ListStackResources. */
  resourceSummaries(): object[] {
    return [...this.resources].filter(([, { status }]) => status !== 'DELETE_COMPLETE' || this.isDeleted).map(([logicalId, resource]) => {
      const { StackName: _name, StackId: _id, ...summary } = this.viewOf(logicalId, resource);
      return { ...summary, LastUpdatedTimestamp: new Date(START) };
    });
  }

  private viewOf(logicalId: string, resource: StackResource) {
    return {
      StackName: this.name,
      StackId: this.id,
      LogicalResourceId: logicalId,
      PhysicalResourceId: resource.physicalId ?? `${this.name}-${logicalId}`,
      ResourceType: resource.type,
      ResourceStatus: resource.status ?? 'CREATE_COMPLETE',
      ResourceStatusReason: resource.reason,
      DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' },
    };
  }

  /** Returns the events of one or all operations, oldest first. */
  eventsOf(operationId?: string): OperationEvent[] | undefined {
    if (operationId === undefined) return this.operations.flatMap(({ OperationId }) => this.eventsOf(OperationId)!);
    const at = this.operations.findIndex(({ OperationId }) => OperationId === operationId);
    const operation = this.operations[at];
    return operation && this.events.slice(operation.firstEvent, this.operations[at + 1]?.firstEvent)
      .map(({ StackName: _name, ...event }) => ({ ...event, OperationId: operationId, OperationType: operation.OperationType }));
  }

  /** @param operations number of operations in the result; 0 for a service that does not support them */
  describe(operations: number): object {
    const last = this.operations.slice(-operations).reverse();
    return {
      ...operations > 0 ? { LastOperations: last.map(({ OperationId, OperationType }) => ({ OperationId, OperationType })) } : {},
      StackId: this.id,
      StackName: this.name,
      CreationTime: new Date(START),
      StackStatus: this.current?.status,
      StackStatusReason: this.current?.reason,
      DisableRollback: false,
      RootId: this.props.rootId,
      ParentId: this.props.parentId,
    };
  }

  /** Returns the result of ListStacks, also for a deleted stack. */
  summary(): object {
    return {
      StackId: this.id,
      StackName: this.name,
      CreationTime: new Date(START),
      StackStatus: this.current?.status,
      RootId: this.props.rootId,
      ParentId: this.props.parentId,
    };
  }

  private event(logicalId: string, physicalId: string, type: string, status: string, reason: string | undefined): this {
    const count = this.events.length + 1;
    this.events.push({
      StackId: this.id,
      EventId: type === 'AWS::CloudFormation::Stack' ? `stack-event-${count}` : `${logicalId}-${status}-${count}`,
      StackName: this.name,
      LogicalResourceId: logicalId,
      PhysicalResourceId: physicalId,
      ResourceType: type,
      Timestamp: new Date(),
      ResourceStatus: status,
      ...reason === undefined ? {} : { ResourceStatusReason: reason },
    });
    return this;
  }
}
