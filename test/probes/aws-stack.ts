import { setTimeout } from 'node:timers/promises';
import {
  CreateChangeSetCommand, CreateStackCommand, DeleteStackCommand, DescribeChangeSetCommand, DescribeStackEventsCommand,
  DescribeStacksCommand, ExecuteChangeSetCommand, RollbackStackCommand, UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import type { CloudFormationClient, StackEvent } from '@aws-sdk/client-cloudformation';
import { ListTagsForResourceCommand } from '@aws-sdk/client-ecr';
import { GetRoleCommand, GetRolePolicyCommand } from '@aws-sdk/client-iam';
import type { IAMClient } from '@aws-sdk/client-iam';
import { GetFunctionCommand } from '@aws-sdk/client-lambda';
import type { ProbeClients } from './probe';
import { CUSTOM_TYPE, DeployOptions, ProbeStack, Resource } from './probe-stack';
import { POLICY, ResponderNames, withResponder } from './responder';

/** Pauses between two looks at a stack, in milliseconds. */
const PAUSES = { first: 50, longest: 5_000 };
const STACK_TYPE = 'AWS::CloudFormation::Stack';
/** A removal that takes longer fails. */
const REMOVAL_LIMIT = 10 * 60_000;

export interface AwsStackOptions {
  readonly name: string;
  readonly clients: ProbeClients;
  readonly iam: IAMClient;
  readonly tags: ReadonlyArray<{ readonly Key: string; readonly Value: string }>;
  readonly responder: ResponderNames;
  /** Names of repositories, which are removed after the probe. */
  readonly repositories: string[];
  /** @throws if no other call may start */
  check(): void;
  wait(milliseconds: number): Promise<void>;
}

async function* pauses(): AsyncGenerator<number> {
  for (let pause = PAUSES.first; ; pause = Math.min(pause * 1.5, PAUSES.longest)) yield pause;
}

/** Returns all events of a stack, newest first. */
export async function readEvents(cloudFormation: CloudFormationClient, StackName: string): Promise<StackEvent[]> {
  const events = new Array<StackEvent>();
  let NextToken: string | undefined;
  do {
    const page = await cloudFormation.send(new DescribeStackEventsCommand({ StackName, NextToken }));
    events.push(...page.StackEvents ?? []);
    NextToken = page.NextToken;
  } while (NextToken);
  return events;
}

async function exists(call: Promise<unknown>): Promise<boolean> {
  return call.then(() => true, (error: Error) => {
    if (/NotFound|NoSuchEntity/.test(error.name)) return false;
    throw error;
  });
}

/** A stack in AWS CloudFormation. */
export class AwsStack implements ProbeStack {
  id = '';
  readonly functionName: string;
  private readonly cloudFormation: CloudFormationClient;

  constructor(private readonly options: AwsStackOptions) {
    this.functionName = options.responder.functionName;
    this.cloudFormation = options.clients.cloudFormation;
  }

  repository(properties: Readonly<Record<string, unknown>> = {}, DeletionPolicy = 'Delete') {
    const RepositoryName = (properties.RepositoryName as string | undefined) ?? this.options.repositories.shift();
    if (RepositoryName === undefined) throw new Error('A stack of a probe has at most two new repositories');
    return { Type: 'AWS::ECR::Repository', DeletionPolicy, Properties: { ...properties, RepositoryName } };
  }

  async deploy(
    resources: Readonly<Record<string, Resource>>, { importsExisting = false, keepsFailed = false }: DeployOptions = {},
  ): Promise<string> {
    this.options.check();
    const request = {
      StackName: this.options.name,
      TemplateBody: JSON.stringify({ Resources: withResponder(resources, this.options.responder) }),
      Capabilities: ['CAPABILITY_NAMED_IAM' as const],
      Tags: [...this.options.tags],
    };
    const changeSet = importsExisting ? await this.createChangeSet(request) : undefined;
    const before = await this.newestEvent();
    if (changeSet) await this.cloudFormation.send(new ExecuteChangeSetCommand(changeSet));
    else if (this.id !== '') await this.cloudFormation.send(new UpdateStackCommand({ ...request, DisableRollback: keepsFailed }));
    else this.id = (await this.cloudFormation.send(new CreateStackCommand({ ...request, DisableRollback: keepsFailed }))).StackId ?? '';
    const status = await this.statusAfter(before);
    await this.checkFailures();
    return status;
  }

  async rollBack(): Promise<string> {
    this.options.check();
    const before = await this.newestEvent();
    await this.cloudFormation.send(new RollbackStackCommand({ StackName: this.id }));
    return this.statusAfter(before);
  }

  async delete(): Promise<string> {
    this.options.check();
    const before = await this.newestEvent();
    await this.cloudFormation.send(new DeleteStackCommand({ StackName: this.id }));
    return this.statusAfter(before);
  }

  events(): Promise<StackEvent[]> {
    return readEvents(this.cloudFormation, this.id);
  }

  async requests(): Promise<string[]> {
    const { tags = [] } = await this.options.clients.ecr.send(new ListTagsForResourceCommand({ resourceArn: this.options.responder.log }));
    return tags.filter(({ Key = '' }) => /^\d+$/.test(Key)).sort((one, other) => Number(one.Key) - Number(other.Key))
      .map(({ Value = '' }) => Value);
  }

  async left() {
    const { iam, clients: { lambda }, responder: { functionName: FunctionName, roleName: RoleName } } = this.options;
    return {
      function: await exists(lambda.send(new GetFunctionCommand({ FunctionName }))),
      role: await exists(iam.send(new GetRoleCommand({ RoleName }))),
      policy: await exists(iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: POLICY }))),
    };
  }

  /** @throws if anything but a custom resource could not be created: then the question was not asked */
  private async checkFailures(): Promise<void> {
    const failed = (await this.events()).reverse().find(({ ResourceType, ResourceStatus = '', ResourceStatusReason: reason = '' }) =>
      /^(CREATE|UPDATE|IMPORT)_FAILED$/.test(ResourceStatus) && ![CUSTOM_TYPE, STACK_TYPE].includes(ResourceType ?? '')
      && !reason.includes('cancelled'));
    if (failed) throw new Error(`${failed.LogicalResourceId} is ${failed.ResourceStatus}: ${failed.ResourceStatusReason}`);
  }

  /** The stack gets its ID with the change set. */
  private async createChangeSet(request: { readonly StackName: string; readonly TemplateBody: string }) {
    const { Id: ChangeSetName, StackId: StackName = '' } = await this.cloudFormation.send(new CreateChangeSetCommand({
      ...request, ChangeSetName: 'import', ChangeSetType: this.id === '' ? 'CREATE' : 'UPDATE', ImportExistingResources: true,
    }));
    this.id = StackName;
    for await (const pause of pauses()) {
      const { Status, StatusReason } = await this.cloudFormation.send(new DescribeChangeSetCommand({ ChangeSetName, StackName }));
      if (Status === 'CREATE_COMPLETE') break;
      if (Status === 'FAILED') throw new Error(StatusReason);
      await this.options.wait(pause);
    }
    return { ChangeSetName, StackName };
  }

  /** Returns the newest event of the stack itself. The status of a stack can be older or newer than this event. */
  private async newestEvent(): Promise<StackEvent | undefined> {
    if (this.id === '') return undefined;
    return (await this.events()).find(({ PhysicalResourceId }) => PhysicalResourceId === this.id);
  }

  /** Waits until an operation has ended that began after this event. */
  private async statusAfter(before: StackEvent | undefined): Promise<string> {
    for await (const pause of pauses()) {
      const event = await this.newestEvent();
      const { ResourceStatus: status = '' } = event ?? {};
      if (event?.EventId !== before?.EventId && isSettled(status) && [status, undefined].includes(await this.status())) return status;
      await this.options.wait(pause);
    }
    throw new Error('unreachable');
  }

  private status(): Promise<string | undefined> {
    return statusOf(this.cloudFormation, this.id);
  }
}

function isSettled(status: string): boolean {
  return status !== '' && (!status.endsWith('_IN_PROGRESS') || status === 'REVIEW_IN_PROGRESS');
}

/** Returns undefined if the stack does not exist. */
async function statusOf(cloudFormation: CloudFormationClient, StackName: string): Promise<string | undefined> {
  try {
    const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
    return Stacks[0]?.StackStatus;
  } catch (error) {
    if (/does not exist/.test((error as Error).message)) return undefined;
    throw error;
  }
}

async function statusInTheEnd(cloudFormation: CloudFormationClient, StackName: string): Promise<string | undefined> {
  const deadline = Date.now() + REMOVAL_LIMIT;
  for await (const pause of pauses()) {
    const status = await statusOf(cloudFormation, StackName);
    if (status === undefined || status === 'DELETE_COMPLETE') return undefined;
    if (isSettled(status)) return status;
    if (Date.now() > deadline) throw new Error(`stack ${StackName} is still ${status}`);
    await setTimeout(pause);
  }
  return undefined;
}

/** Deletes a stack, whatever its state. A resource that cannot be deleted is left, so delete it by its name. */
export async function removeStack(cloudFormation: CloudFormationClient, StackName: string): Promise<void> {
  if (await statusInTheEnd(cloudFormation, StackName) === undefined) return;
  await cloudFormation.send(new DeleteStackCommand({ StackName }));
  if (await statusInTheEnd(cloudFormation, StackName) === undefined) return;
  await cloudFormation.send(new DeleteStackCommand({ StackName, DeletionMode: 'FORCE_DELETE_STACK' }));
  const status = await statusInTheEnd(cloudFormation, StackName);
  if (status !== undefined) throw new Error(`stack ${StackName} cannot be deleted: ${status}`);
}
