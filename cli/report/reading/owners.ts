import {
  CloudFormationClient, DescribeStacksCommand, ListStackResourcesCommand, Stack, StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import { forOneCall } from './call-task';
import { pagesOf } from './pages';
import type { ListedRegistry } from './registries';
import type { ListedRepository, Registry, StackTags } from './registry';
import { STACK_ID_TAG } from './stack-tags';
import { runConcurrently } from '../../../lambda/shared/aws/run-concurrently';
import { sendCommand } from '../../../lambda/shared/aws/send-command';
import { isNamed } from '../../../lambda/shared/protocol/errors';
import { stackUuid } from '../../../src/core/mark';
import { Interrupted } from '../../session/interruption';
import { describeCallRefusal } from '../../session/refusal';
import type { Session } from '../../session/session';
import type { Owner } from '../repository-record';

const STACKS_AT_ONCE = 4;
const MAX_STACKS = 100_000;
/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html (500 resources) */
const MAX_RESOURCES = 100_000;
const REPOSITORY_TYPES = ['AWS::ECR::Repository', 'AWS::ECR::PublicRepository'];

/** A stack that exists. */
interface LiveStack {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  /** Undefined if they could not be read. */
  resources?: { readonly repositories: ReadonlySet<string>; readonly logicalIds: ReadonlySet<string> };
}

/** What the tags of repositories and CloudFormation say about their stacks. */
export class Owners {
  /** Reads the tags, and the stacks that they name, with a number of calls that does not depend on the number of images. */
  static async read(session: Session, registries: readonly ListedRegistry[]): Promise<Owners> {
    const owners = new Owners(session);
    for (const { registry, repositories } of registries) {
      if (repositories.length > 0) await owners.readTags(registry, repositories);
    }
    if (owners.tags.size === 0) return owners;
    const regions = new Set(registries.map(({ registry }) => registry.region));
    for (const region of regions) await owners.readStacks(region);
    await owners.readResources();
    return owners;
  }

  /** What could not be read, as sentences. */
  readonly problems = new Array<string>();
  private readonly tags = new Map<string, StackTags>();
  /** Registries whose tags were not read. */
  private readonly untold = new Set<string>();
  private readonly live = new Map<string, LiveStack>();
  /** Whether all stacks were read in which a stack that is not live could be. */
  private knowsAllStacks = true;

  private constructor(private readonly session: Session) {}

  ownerOf({ registry, name, arn }: ListedRepository): Owner {
    if (this.untold.has(registry)) return { kind: 'unknown' };
    const claims = [...this.tags.get(arn) ?? []].map(([key, value]) => this.claim(key, value, name));
    return claims.find(({ kind }) => kind === 'stack') ?? claims.find(({ kind }) => kind === 'unknown') ?? claims[0] ?? { kind: 'none' };
  }

  /** What one tag says. */
  private claim(key: string, value: string, repositoryName: string): Owner {
    const isOfCloudFormation = key === STACK_ID_TAG;
    const [uuid, logicalId = ''] = isOfCloudFormation ? [stackUuid(value)] : value.split(':');
    const stack = this.live.get(uuid);
    const name = stack?.name ?? (isOfCloudFormation ? value.split('/')[1] ?? value : uuid);
    if (!stack) return this.knowsAllStacks ? { kind: 'kept', stack: name } : { kind: 'unknown', stack: name };
    if (!stack.resources) return { kind: 'unknown', stack: name };
    const { repositories, logicalIds } = stack.resources;
    const isThere = repositories.has(repositoryName) || (!isOfCloudFormation && logicalIds.has(logicalId));
    return { kind: isThere ? 'stack' : 'kept', stack: name };
  }

  private async readTags(registry: Registry, repositories: readonly ListedRepository[]): Promise<void> {
    await this.attempt(async () => {
      for (const [arn, tags] of await registry.stackTags(repositories)) this.tags.set(arn, tags);
    }, problem => {
      this.untold.add(registry.id);
      const place = registry.region === registry.id ? `in ${registry.id}` : 'of ECR Public';
      return `The tags of repositories ${place} could not be read, so the report does not say which stack has them: ${problem}`;
    });
  }

  private async readStacks(region: string): Promise<void> {
    const { session: { task, clients } } = this;
    const cloudFormation = clients.cloudFormation(region);
    await this.attempt(async () => {
      task.progress(`listing stacks in ${region}`);
      const pages = pagesOf(async NextToken => {
        const page = await sendCommand(forOneCall(task), cloudFormation, DescribeStacksCommand, { NextToken });
        return page && { ...page, nextToken: page.NextToken };
      }, ({ Stacks = [] }): Stack[] => Stacks, MAX_STACKS);
      for await (const stacks of pages) {
        for (const { StackId: id = '', StackName: name = '', StackStatus } of stacks) {
          if (StackStatus !== 'DELETE_COMPLETE') this.live.set(stackUuid(id), { id, name, region });
        }
      }
    }, problem => {
      this.knowsAllStacks = false;
      return `The stacks in ${region} could not be listed, so the report does not say which repositories were kept: ${problem}`;
    });
  }

  /** Reads the resources of each live stack that a tag names, once. */
  private async readResources(): Promise<void> {
    const named = new Set<LiveStack>();
    for (const tags of this.tags.values()) {
      for (const [key, value] of tags) {
        const stack = this.live.get(key === STACK_ID_TAG ? stackUuid(value) : value.split(':')[0]);
        if (stack) named.add(stack);
      }
    }
    let failures = 0;
    await runConcurrently([...named], STACKS_AT_ONCE, stack => this.attempt(async () => {
      this.session.task.progress(`reading the resources of stack ${stack.name}`);
      stack.resources = await this.resourcesOf(stack, this.session.clients.cloudFormation(stack.region));
    }, problem => failures++ === 0 ? `The resources of stack ${stack.name} could not be read: ${problem}` : undefined));
    if (failures > 1) this.problems.push(`The resources of ${failures - 1} more stacks could not be read`);
  }

  private async resourcesOf({ id: StackName }: LiveStack, cloudFormation: CloudFormationClient): Promise<LiveStack['resources']> {
    const repositories = new Set<string>();
    const logicalIds = new Set<string>();
    const { task } = this.session;
    const pages = pagesOf(async NextToken => {
      const page = await sendCommand(forOneCall(task), cloudFormation, ListStackResourcesCommand, { StackName, NextToken })
        .catch(ifStackIsGone);
      return page && { ...page, nextToken: page.NextToken };
    }, ({ StackResourceSummaries = [] }): StackResourceSummary[] => StackResourceSummaries, MAX_RESOURCES);
    for await (const page of pages) {
      for (const { ResourceType = '', ResourceStatus, LogicalResourceId = '', PhysicalResourceId = '' } of page) {
        if (ResourceStatus === 'DELETE_COMPLETE' || ResourceStatus === 'DELETE_SKIPPED') continue;
        logicalIds.add(LogicalResourceId);
        if (REPOSITORY_TYPES.includes(ResourceType)) repositories.add(PhysicalResourceId);
      }
    }
    return { repositories, logicalIds };
  }

  private async attempt(work: () => Promise<void>, describe: (problem: string) => string | undefined): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      const problem = describe(describeCallRefusal(error));
      if (problem !== undefined) this.problems.push(problem);
    }
  }
}

/** A stack can be deleted after it was listed. */
function ifStackIsGone(error: unknown): undefined {
  if (!isNamed(error, 'ValidationError') || !(error as Error).message.includes('does not exist')) throw error;
  return undefined;
}

