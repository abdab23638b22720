import {
  CloudFormationClient, DescribeStackResourcesCommand, DescribeStacksCommand, ListStackResourcesCommand, Stack, StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import { forOneCall } from './call-task';
import { pagesOf } from './pages';
import type { ListedRegistry } from './registries';
import { ListedRepository, PUBLIC, Registry, StackTags } from './registry';
import { STACK_ID_TAG } from './stack-tags';
import { runConcurrently } from '../../../lambda/shared/aws/run-concurrently';
import { sendCommand } from '../../../lambda/shared/aws/send-command';
import { isNamed } from '../../../lambda/shared/protocol/errors';
import { isNoStackOf } from '../../../lambda/shared/repository/owning-stack';
import { stackUuid } from '../../../src/core/mark';
import { PUBLIC_REGION } from '../../../src/core/public-repository/region';
import { Interrupted } from '../../session/interruption';
import { describeCallRefusal } from '../../session/refusal';
import type { Session } from '../../session/session';
import type { Owner } from '../repository-record';

const STACKS_AT_ONCE = 4;
const MAX_STACKS = 100_000;
/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html (500 resources) */
const MAX_RESOURCES = 100_000;
const REPOSITORY_TYPES = { private: 'AWS::ECR::Repository', public: 'AWS::ECR::PublicRepository' } as const;
const GONE = ['DELETE_COMPLETE', 'DELETE_SKIPPED'];

/** A stack that exists. */
interface LiveStack {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  /** Undefined if they could not be read. */
  resources?: {
    /** By `keyOf`. */
    readonly repositories: ReadonlySet<string>;
    readonly logicalIds: ReadonlySet<string>;
  };
}

/**
 * What the tags of repositories and CloudFormation say about their stacks. Tags name the stacks that are gone. CloudFormation knows the
 * stacks that have a repository, which most repositories do not say in a tag:
 * https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1280
 */
export class Owners {
  /** Reads tags and stacks. In each Region, there are at most as many calls as repositories, apart from lists and from named stacks. */
  static async read(session: Session, registries: readonly ListedRegistry[]): Promise<Owners> {
    const owners = new Owners(session);
    for (const { registry, repositories } of registries) {
      if (repositories.length > 0) await owners.readTags(registry, repositories);
    }
    const repositories = registries.flatMap(each => each.repositories);
    if (repositories.length === 0) return owners;
    const regions = new Set(registries.map(({ registry }) => registry.region));
    for (const region of regions) await owners.readStacks(region);
    for (const region of regions) await owners.readResources(region, repositories.filter(each => regionOf(each) === region));
    return owners;
  }

  /** What could not be read, as sentences, by the registry or by the Region of the stacks. */
  readonly problems = new Map<string, string[]>();
  private readonly tags = new Map<string, StackTags>();
  /** Registries whose tags were not read. */
  private readonly untold = new Set<string>();
  private readonly live = new Map<string, LiveStack>();
  /** Names of the stacks that have a repository, by ARN. */
  private readonly holders = new Map<string, string>();
  /** Regions in which another stack may have a repository. */
  private readonly unknownRegions = new Set<string>();
  /** Whether all stacks were read in which a stack that is not live could be. */
  private knowsAllStacks = true;

  private constructor(private readonly session: Session) {}

  ownerOf(repository: ListedRepository): Owner {
    const { registry, arn } = repository;
    const holder = this.holders.get(arn);
    if (holder !== undefined) return { kind: 'stack', stack: holder };
    if (this.untold.has(registry)) return { kind: 'unknown' };
    const claims = [...this.tags.get(arn) ?? []].map(([key, value]) => this.claim(key, value, repository));
    return claims.find(({ kind }) => kind === 'stack') ?? claims.find(({ kind }) => kind === 'unknown') ?? claims[0]
      ?? { kind: this.unknownRegions.has(regionOf(repository)) ? 'unknown' : 'none' };
  }

  /** What one tag says. */
  private claim(key: string, value: string, repository: ListedRepository): Owner {
    const isOfCloudFormation = key === STACK_ID_TAG;
    const [uuid, logicalId = ''] = isOfCloudFormation ? [stackUuid(value)] : value.split(':');
    const stack = this.live.get(uuid);
    const name = stack?.name ?? (isOfCloudFormation ? value.split('/')[1] ?? value : uuid);
    if (!stack) return this.knowsAllStacks ? { kind: 'kept', stack: name } : { kind: 'unknown', stack: name };
    if (!stack.resources) return { kind: 'unknown', stack: name };
    const { repositories, logicalIds } = stack.resources;
    const isThere = repositories.has(keyOf(repository)) || (!isOfCloudFormation && logicalIds.has(logicalId));
    return { kind: isThere ? 'stack' : 'kept', stack: name };
  }

  private async readTags(registry: Registry, repositories: readonly ListedRepository[]): Promise<void> {
    await this.attempt(registry.id, async () => {
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
    await this.attempt(region, async () => {
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
      this.unknownRegions.add(region);
      return `The stacks in ${region} could not be listed, so the report does not say which repositories were kept: ${problem}`;
    });
  }

  /** Reads the resources of all live stacks, or if there are more stacks than repositories, of those that a tag names. */
  private async readResources(region: string, repositories: readonly ListedRepository[]): Promise<void> {
    const stacks = [...this.live.values()].filter(stack => stack.region === region);
    const isEach = stacks.length > repositories.length;
    const named = isEach ? this.namedStacks() : undefined;
    await this.attemptEach(named ? stacks.filter(stack => named.has(stack)) : stacks, async stack => {
      this.session.task.progress(`reading the resources of stack ${stack.name}`);
      stack.resources = await this.resourcesOf(stack, this.session.clients.cloudFormation(region));
    }, stack => `The resources of stack ${stack.name} could not be read`, region);
    const byKey = new Map(repositories.map(repository => [keyOf(repository), repository]));
    for (const { name, resources } of stacks) {
      for (const key of resources?.repositories ?? []) {
        const repository = byKey.get(key);
        if (repository) this.holders.set(repository.arn, name);
      }
    }
    if (!isEach) return;
    await this.attemptEach(repositories.filter(({ arn }) => !this.holders.has(arn)), async repository => {
      this.session.task.progress(`looking for the stack of repository '${repository.name}'`);
      const holder = await this.findHolder(repository, this.session.clients.cloudFormation(region));
      if (holder) this.holders.set(repository.arn, holder.name);
    }, ({ name }) => `The stack of repository '${name}' could not be read`, region);
  }

  /** The live stacks that a tag names, in all Regions. */
  private namedStacks(): Set<LiveStack> {
    const named = new Set<LiveStack>();
    for (const tags of this.tags.values()) {
      for (const [key, value] of tags) {
        const stack = this.live.get(key === STACK_ID_TAG ? stackUuid(value) : value.split(':')[0]);
        if (stack) named.add(stack);
      }
    }
    return named;
  }

  /** Returns the live stack that has the repository. CloudFormation also returns stacks that are deleted, or that had it. */
  private async findHolder(repository: ListedRepository, cloudFormation: CloudFormationClient): Promise<LiveStack | undefined> {
    const { name: PhysicalResourceId } = repository;
    const answer = await sendCommand(forOneCall(this.session.task), cloudFormation, DescribeStackResourcesCommand, { PhysicalResourceId })
      .catch((error: unknown) => { if (!isNoStackOf(error, PhysicalResourceId)) throw error; });
    const resource = answer?.StackResources?.find(({ ResourceType, ResourceStatus = '', PhysicalResourceId: id = '' }) =>
      `${ResourceType} ${id}` === keyOf(repository) && !GONE.includes(ResourceStatus));
    return this.live.get(stackUuid(resource?.StackId ?? ''));
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
      for (const { ResourceType = '', ResourceStatus = '', LogicalResourceId = '', PhysicalResourceId = '' } of page) {
        if (GONE.includes(ResourceStatus)) continue;
        logicalIds.add(LogicalResourceId);
        if ((Object.values(REPOSITORY_TYPES) as string[]).includes(ResourceType)) repositories.add(`${ResourceType} ${PhysicalResourceId}`);
      }
    }
    return { repositories, logicalIds };
  }

  /** Reports the first failure, and the number of the others. */
  private async attemptEach<T>(
    items: readonly T[], work: (item: T) => Promise<void>, describe: (item: T) => string, region: string,
  ): Promise<void> {
    let failures = 0;
    await runConcurrently(items, STACKS_AT_ONCE, item => this.attempt(region, () => work(item), problem => {
      this.unknownRegions.add(region);
      return failures++ === 0 ? `${describe(item)}: ${problem}` : undefined;
    }));
    if (failures > 1) this.problems.get(region)!.push(`The same is true for ${failures - 1} more in ${region}`);
  }

  private async attempt(place: string, work: () => Promise<void>, describe: (problem: string) => string | undefined): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      const problem = describe(describeCallRefusal(error));
      if (problem !== undefined) this.problems.set(place, [...this.problems.get(place) ?? [], problem]);
    }
  }
}

/** A stack can be deleted after it was listed. */
function ifStackIsGone(error: unknown): undefined {
  if (!isNamed(error, 'ValidationError') || !(error as Error).message.includes('does not exist')) throw error;
  return undefined;
}

function regionOf({ registry }: ListedRepository): string {
  return registry === PUBLIC ? PUBLIC_REGION : registry;
}

/** Returns the type and the physical id of the repository in a stack. */
function keyOf({ registry, name }: ListedRepository): string {
  return `${REPOSITORY_TYPES[registry === PUBLIC ? 'public' : 'private']} ${name}`;
}
