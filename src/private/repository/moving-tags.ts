import { Annotations, CfnResource, Stack, Stage, Token } from 'aws-cdk-lib';
import type * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { IConstruct } from 'constructs';
import { nativeRepository } from './native-repository';
import { isMovingTag } from '../../core/images/moving-tag';
import { tagMatcher } from '../../core/images/tag-pattern';

/** Source of a tag that a construct writes, which a change of `trigger` looks up again. */
export interface Followed {
  /** Tag of the source; undefined if it is referenced by digest. */
  readonly tag: string | undefined;
  /** Repository of the source, if it is in Amazon ECR. */
  readonly repository?: aws_ecr.IRepositoryRef;
}

/** Repository of the app, with the uses of its tags. */
interface Watched {
  readonly native: ecr.CfnRepository;
  /** Tags that are usually moved and that the app uses. */
  readonly moving: Set<string>;
  /** Tags that are written again when their source moves, each with its source and the path of the construct that writes it. */
  readonly following: Map<string, { readonly source: Followed; readonly path: string }>;
  /** Whether the tags are immutable only by default. */
  isByDefault: boolean;
}

/** Resolved action of a pipeline. */
interface Action {
  readonly actionTypeId: { readonly provider: string };
  readonly configuration?: { readonly RepositoryName?: { readonly Ref?: string }; readonly ImageTag?: unknown };
}

const watchedOf = new WeakMap<ecr.CfnRepository, Watched>();
const watchedIn = new WeakMap<IConstruct, Watched[]>();

/** Digits as in a commit hash, the digest of an asset, a date, or a build number. */
const UNIQUE = /[0-9a-f]{6}/i;

/** Warns at the end of synthesis, when the mutability is known, of tags that the app moves and that are immutable. */
export function warnOfMovingTags(native: ecr.CfnRepository, isByDefault: boolean): void {
  watch(native).isByDefault = isByDefault;
}

/** Remembers tags that the app uses. */
export function rememberTags(repository: aws_ecr.IRepositoryRef, tags: readonly string[]): void {
  const moving = tags.filter(isMovingTag);
  const native = moving.length === 0 ? undefined : nativeRepository(repository);
  if (native) for (const tag of moving) watch(native).moving.add(tag);
}

/**
 * Remembers the tags that move if the tag of the source has moved when it is looked up again. A tag that probably changes with the trigger
 * is not remembered: a tag that contains the trigger, or that looks like the tag of one build.
 */
export function rememberFollowing(
  scope: IConstruct, repository: aws_ecr.IRepositoryRef, tags: readonly string[], source: Followed, trigger: string | undefined,
): void {
  const native = nativeRepository(repository);
  if (!native || source.tag === undefined || trigger === undefined || Token.isUnresolved(tags)) return;
  const isKept = (tag: string) => !Token.isUnresolved(tag) && (tag === source.tag || isMovingTag(tag))
    && !UNIQUE.test(tag) && !tag.includes(trigger);
  for (const tag of tags.filter(isKept)) watch(native).following.set(tag, { source, path: scope.node.path });
}

function watch(native: ecr.CfnRepository): Watched {
  const existing = watchedOf.get(native);
  if (existing) return existing;
  const watched: Watched = { native, moving: new Set(), following: new Map(), isByDefault: false };
  watchedOf.set(native, watched);
  const assembly: IConstruct = Stage.of(native) ?? native.node.root;
  const others = watchedIn.get(assembly);
  if (others) {
    others.push(watched);
    return watched;
  }
  const all = [watched];
  watchedIn.set(assembly, all);
  assembly.node.addValidation({
    validate: () => {
      const ofPipelines = tagsOfPipelines(assembly);
      for (const one of all) warn(one, ofPipelines.size === 0 ? [] : ofPipelines.get(idOf(one.native)) ?? []);
      return [];
    },
  });
  return watched;
}
function warn({ native, moving, following, isByDefault }: Watched, ofPipelines: readonly string[]): void {
  const { imageTagMutability: mutability } = native;
  const scope = native.node.scope instanceof ecr.RepositoryBase ? native.node.scope : native;
  const add = (text: string) => Annotations.of(scope).addWarningV2('cdk-ecr-keeper:moving-tag', text);
  // an explicit IMMUTABLE means that no tag moves, and filters define which tags move
  const isDecided = mutability === ecr.TagMutability.IMMUTABLE ? !isByDefault : mutability !== ecr.TagMutability.IMMUTABLE_WITH_EXCLUSION;
  const tags = isDecided ? [] : [...new Set([...moving, ...ofPipelines])].filter(tag => isImmutable(native, tag));
  const filters = tags.map(tag => `ecr.ImageTagMutabilityExclusionFilter.wildcard('${tag}')`).join(', ');
  const uses = `the app uses the tag ${tags.map(tag => `'${tag}'`).join(', ')} of this repository,`;
  if (tags.length > 0) {
    add(mutability === ecr.TagMutability.IMMUTABLE
      ? `${uses} whose tags are immutable because 'imageTagMutability' is not set. The second push to that tag fails. Set`
        + ` 'imageTagMutabilityExclusionFilters: [${filters}]' to allow it, or 'imageTagMutability: ecr.TagMutability.IMMUTABLE' if no tag`
        + ' is ever pushed again'
      : `${uses} and no filter of 'imageTagMutabilityExclusionFilters' allows the tag to move. The second push to that tag fails. Add`
        + ` ${filters}`);
  }
  for (const [tag, { source, path }] of following) {
    const from = source.repository && nativeRepository(source.repository);
    if (tags.includes(tag) || !isImmutable(native, tag) || from && isImmutable(from, source.tag!)) continue;
    add(`'${path}' looks up the tag of its source again when 'trigger' changes, but the tag '${tag}' that it writes here is immutable.`
      + ' If the tag of the source has moved, the deployment fails. Write a tag that changes with \'trigger\', omit \'trigger\', or allow'
      + ` the tag to move with ecr.ImageTagMutabilityExclusionFilter.wildcard('${tag}')`);
  }
}

/** Whether it is certain that a tag cannot be moved. https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html */
function isImmutable(native: ecr.CfnRepository, tag: string): boolean {
  const { imageTagMutability: mutability } = native;
  if (mutability === ecr.TagMutability.IMMUTABLE) return true;
  if (mutability !== ecr.TagMutability.IMMUTABLE_WITH_EXCLUSION && mutability !== ecr.TagMutability.MUTABLE_WITH_EXCLUSION) return false;
  const filters = native.stack.resolve(native.imageTagMutabilityExclusionFilters) as unknown;
  if (!Array.isArray(filters)) return false;
  const patterns = filters.map((filter: ecr.CfnRepository.ImageTagMutabilityExclusionFilterProperty) =>
    filter.imageTagMutabilityExclusionFilterValue);
  if (Token.isUnresolved(tag) || !patterns.every(pattern => typeof pattern === 'string')) return false;
  return tagMatcher(patterns)(tag) === (mutability === ecr.TagMutability.MUTABLE_WITH_EXCLUSION);
}

/**
 * Returns the tags that `EcrSourceAction` watches, by repository of the same stack. This action does not use the URI of the repository.
 * https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECR.html
 */
function tagsOfPipelines(assembly: IConstruct): Map<string, string[]> {
  const tags = new Map<string, string[]>();
  for (const pipeline of assembly.node.findAll().filter(isPipeline)) {
    const stack = Stack.of(pipeline);
    const stages = (stack.resolve(pipeline.stages) ?? []) as codepipeline.CfnPipeline.StageDeclarationProperty[];
    for (const { actionTypeId, configuration } of stages.flatMap(({ actions }) => actions as Action[])) {
      const { RepositoryName: name, ImageTag: tag = 'latest' } = configuration ?? {};
      if (actionTypeId.provider !== 'ECR' || typeof name?.Ref !== 'string') continue;
      const id = `${stack.node.path} ${name.Ref}`;
      if (typeof tag === 'string' && isMovingTag(tag)) tags.set(id, [...tags.get(id) ?? [], tag]);
    }
  }
  return tags;
}

function idOf(native: ecr.CfnRepository): string {
  const stack = Stack.of(native);
  return `${stack.node.path} ${stack.resolve(native.logicalId)}`;
}

function isPipeline(construct: IConstruct): construct is codepipeline.CfnPipeline {
  return CfnResource.isCfnResource(construct) && construct.cfnResourceType === 'AWS::CodePipeline::Pipeline';
}
