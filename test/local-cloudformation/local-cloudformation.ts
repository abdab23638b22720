/** A local AWS CloudFormation for calls of handlers. Behavior and sources: README.md. */
import { queryWire } from './query-wire';
import { remembered, Stack, StackEvent, StackProps } from './stack';
import { AwsError } from '../local-ecr/aws-error';
import { Input, LocalService, LocalServiceOptions, ServiceRequest } from '../local-ecr/local-service';
import { PageTokens } from '../local-ecr/page-tokens';

export interface LocalCloudFormationOptions extends LocalServiceOptions {
  /** Events in a page. @default 100 */
  readonly pageSize?: number;
}

/** Characters of a reason, if events do not contain it completely. */
const CUT_REASON = 1_000;
const VERSION = '2010-05-15';

export class LocalCloudFormation extends LocalService {
  static async start(options: LocalCloudFormationOptions = {}): Promise<LocalCloudFormation> {
    const cloudFormation = new LocalCloudFormation(options);
    await cloudFormation.listen();
    return cloudFormation;
  }

  /** Whether DescribeStacks returns the last operations, and DescribeEvents their events. Some partitions may not support this. */
  tellsOperations = true;
  private readonly stacks = new Map<string, Stack>();
  private readonly tokens = new PageTokens();
  private readonly pageSize: number;
  private readonly operations: Partial<Record<string, (request: ServiceRequest) => object>> = {
    DescribeStacks: request => this.describeStacks(request),
    DescribeEvents: request => this.describeEvents(request),
    DescribeStackEvents: request => this.describeStackEvents(request),
    DescribeStackResource: request => this.describeStackResource(request),
    DescribeStackResources: request => this.describeStackResources(request),
    ListStackResources: request => this.listStackResources(request),
    ListStacks: request => this.listStacks(request),
  };

  private constructor(options: LocalCloudFormationOptions) {
    super(queryWire('cloudformation', VERSION, `http://cloudformation.amazonaws.com/doc/${VERSION}/`), options);
    this.pageSize = options.pageSize ?? 100;
  }

  /** Returns the stack with this id. A new stack does not exist for callers until it has a status. */
  stack(stackId: string, props?: StackProps): Stack {
    const known = this.stacks.get(stackId);
    if (known && props) throw new Error(`${stackId} has its properties already`);
    const stack = known ?? new Stack(stackId, props ?? {});
    this.stacks.set(stackId, stack);
    return stack;
  }

  /** Returns the events that EventBridge gets for the resources of a stack, oldest first. */
  statusChanges(stackId: string): object[] {
    const { account, region, events } = this.stack(stackId);
    const hasReason = !this.readings.isOther('status-change-has-reason');
    return events.filter(({ PhysicalResourceId }) => PhysicalResourceId !== stackId).map(event => ({
      'version': '0',
      'source': 'aws.cloudformation',
      'detail-type': 'CloudFormation Resource Status Change',
      account,
      region,
      'time': event.Timestamp.toISOString(),
      'resources': [stackId],
      'detail': {
        'stack-id': stackId,
        'logical-resource-id': event.LogicalResourceId,
        'physical-resource-id': event.PhysicalResourceId,
        'status-details': { 'status': event.ResourceStatus, 'status-reason': hasReason ? event.ResourceStatusReason ?? '' : '' },
        'resource-type': event.ResourceType,
        'client-request-token': '',
      },
    }));
  }

  protected perform(request: ServiceRequest): object {
    const { operation, accessKeyId, fault } = request;
    const run = this.operations[operation];
    if (!run || (operation === 'DescribeEvents' && !this.tellsOperations)) {
      throw new AwsError('InvalidAction', `The action ${operation} is not valid for this web service.`);
    }
    if (fault?.kind === 'kms' || fault?.kind === 'imageFailure') throw new Error(`${operation} cannot act out the fault "${fault.kind}"`);
    this.principals.authorise(accessKeyId, [{
      action: `cloudformation:${operation}`, resource: this.resourceOf(request), context: { 'aws:RequestedRegion': request.region },
    }]);
    return run(request);
  }

  private describeStacks({ input, region, accessKeyId }: ServiceRequest): object {
    if (input.StackName !== undefined) return { Stacks: [this.stackView(this.find(input, region, accessKeyId))] };
    const { account } = this.principals.find(accessKeyId);
    const living = [...this.stacks.values()].filter(stack =>
      stack.exists && !stack.isDeleted && stack.region === region && stack.account === account);
    const { rows, ...next } = this.page(living, `DescribeStacks ${account} ${region}`, input);
    return { Stacks: rows.map(stack => this.stackView(stack)), ...next };
  }

  /** Returns the resources of a stack. A resource that was removed from it is not among them. */
  private listStackResources({ input, region, accessKeyId }: ServiceRequest): object {
    const stack = this.find(input, region, accessKeyId);
    const { rows, ...next } = this.page(stack.resourceSummaries(), `ListStackResources ${stack.id}`, input);
    return { StackResourceSummaries: rows, ...next };
  }

  private page<T>(all: readonly T[], scope: string, { NextToken }: Input): { readonly rows: readonly T[]; readonly NextToken?: string } {
    const [from] = this.open(scope, NextToken as string | undefined) ?? [0];
    const until = from + this.pageSize;
    return { rows: all.slice(from, until), ...until < all.length ? { NextToken: this.tokens.seal(scope, [until]) } : {} };
  }

  private stackView(stack: Stack): object {
    return stack.describe(!this.tellsOperations ? 0 : this.readings.isOther('last-operations-newest-first') ? 1 : 2);
  }

  /** Returns the events that CloudFormation still has. */
  private toldOf<E extends Pick<StackEvent, 'Timestamp'>>({ events }: Stack, all: readonly E[]): E[] {
    const last = events[events.length - 1]?.Timestamp;
    return last !== undefined && this.readings.isOther('events-reach-back') ? remembered(all, last) : [...all];
  }

  /** Returns an event with as much of its reason as callers see. */
  private eventView<E extends Pick<StackEvent, 'ResourceStatusReason'>>(event: E): E {
    const { ResourceStatusReason: reason } = event;
    if (reason === undefined || !this.readings.isOther('event-holds-whole-reason')) return event;
    return { ...event, ResourceStatusReason: reason.slice(0, CUT_REASON) };
  }

  private describeStackEvents({ input, region, accessKeyId }: ServiceRequest): object {
    const stack = this.find(input, region, accessKeyId);
    const newestFirst = this.toldOf(stack, stack.events).reverse();
    // the first event is counted from the oldest one, so that events between two pages do not shift the pages
    const count = (at: number) => this.readings.isOther('event-pages-stable') ? at : newestFirst.length - at;
    const [position] = this.open(stack.id, input.NextToken as string | undefined) ?? [count(0)];
    const from = count(position);
    const until = from + this.pageSize;
    return {
      StackEvents: newestFirst.slice(from, until).map(event => this.eventView(event)),
      ...until < newestFirst.length ? { NextToken: this.tokens.seal(stack.id, [count(until)]) } : {},
    };
  }

  private describeEvents({ input, region, accessKeyId }: ServiceRequest): object {
    const stack = this.find(input, region, accessKeyId);
    const events = stack.eventsOf(input.OperationId as string | undefined);
    if (!events) throw validationError(`Operation ${String(input.OperationId)} does not exist`);
    const isFailedOnly = input['Filters.FailedEvents'] === 'true';
    const fitting = this.toldOf(stack, events).filter(({ ResourceStatus }) => !isFailedOnly || ResourceStatus.endsWith('_FAILED'));
    const ordered = this.readings.isOther('operation-events-newest-first') ? fitting : fitting.reverse();
    return {
      OperationEvents: ordered.slice(0, this.pageSize).map(event => this.eventView(event)),
      ...ordered.length > this.pageSize ? { NextToken: 'more' } : {},
    };
  }

  private describeStackResource({ input, region, accessKeyId }: ServiceRequest): object {
    const stack = this.find(input, region, accessKeyId);
    const logicalId = required(input, 'LogicalResourceId');
    const detail = stack.describeResource(logicalId);
    if (!detail) throw validationError(`Resource ${logicalId} does not exist for stack ${String(input.StackName)}`);
    return { StackResourceDetail: detail };
  }

  /** Finds the stack of a resource by its physical id, including deleted stacks. */
  private describeStackResources({ input, region, accessKeyId }: ServiceRequest): object {
    const { StackName, PhysicalResourceId: physicalId } = input;
    if ((StackName === undefined) === (physicalId === undefined)) {
      throw validationError('Either StackName or PhysicalResourceId must be specified.');
    }
    if (typeof physicalId !== 'string') throw new Error('DescribeStackResources is answered by physical id only');
    const { account } = this.principals.find(accessKeyId);
    const stack = [...this.stacks.values()].find(candidate =>
      candidate.exists && candidate.region === region && candidate.account === account && this.isFoundIn(candidate, physicalId));
    if (!stack) {
      const what = this.readings.isOther('physical-id-message') ? `Stack of resource '${physicalId}'` : `Stack for ${physicalId}`;
      throw validationError(`${what} does not exist`);
    }
    const isWhole = this.readings.isOther('physical-id-one-resource');
    return { StackResources: isWhole ? stack.resourcesOf() : stack.resourcesOf(physicalId).slice(0, 1) };
  }

  private isFoundIn(stack: Stack, physicalId: string): boolean {
    if (stack.isDeleted && this.readings.isOther('physical-id-deleted-stack')) return false;
    return stack.resourcesOf(physicalId).some(({ ResourceType, ResourceStatus }) =>
      (ResourceType === 'AWS::ECR::Repository' || !this.readings.isOther('physical-id-any-type'))
      && (stack.isDeleted || !ResourceStatus.startsWith('DELETE_') || !this.readings.isOther('physical-id-removed-resource')));
  }

  /** Returns all stacks of the Region and account, including deleted stacks, newest first. */
  private listStacks({ input, region, accessKeyId }: ServiceRequest): object {
    if (Object.keys(input).some(member => member.startsWith('StackStatusFilter'))) throw new Error('ListStacks has no filter here');
    const { account } = this.principals.find(accessKeyId);
    const stacks = [...this.stacks.values()].reverse()
      .filter(stack => stack.exists && stack.region === region && stack.account === account);
    const { rows, ...next } = this.page(stacks, `ListStacks ${account} ${region}`, input);
    return { StackSummaries: rows.map(stack => stack.summary()), ...next };
  }

  private open(scope: string, token: string | undefined): number[] | undefined {
    try {
      return this.tokens.open(scope, token);
    } catch {
      throw validationError('Invalid NextToken');
    }
  }

  private find(input: Input, region: string, accessKeyId: string): Stack {
    const name = required(input, 'StackName');
    const { account } = this.principals.find(accessKeyId);
    const stack = this.stacks.get(name)
      ?? [...this.stacks.values()].find(other => other.name === name && other.account === account && !other.isDeleted);
    if (!stack?.exists || stack.region !== region) throw validationError(`Stack with id ${name} does not exist`);
    return stack;
  }

  private resourceOf({ operation, input, region, accessKeyId }: ServiceRequest): string {
    const name = input.StackName;
    if (typeof name === 'string' && name.startsWith('arn:')) return name;
    const { account } = this.principals.find(accessKeyId);
    const id = input.PhysicalResourceId === undefined ? 'list-stacks-iam' : 'physical-id-iam';
    if ((input.PhysicalResourceId !== undefined || operation === 'ListStacks') && !this.readings.isOther(id)) return '*';
    return `arn:aws:cloudformation:${region}:${account}:stack/${typeof name === 'string' ? `${name}/*` : '*'}`;
  }
}

function required(input: Input, member: string): string {
  const value = input[member];
  if (typeof value === 'string' && value !== '') return value;
  const at = member[0].toLowerCase() + member.slice(1);
  throw validationError(`1 validation error detected: Value null at '${at}' failed to satisfy constraint: Member must not be null`);
}

function validationError(sentence: string): AwsError {
  return new AwsError('ValidationError', sentence);
}
