import { Annotations, CfnResource, Stack, Stage } from 'aws-cdk-lib';
import type * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { IConstruct } from 'constructs';
import { isMovingTag } from '../../core/images/moving-tag';

interface Watched {
  readonly repository: ecr.Repository;
  readonly native: ecr.CfnRepository;
  readonly tags: Set<string>;
}

/** An action of a pipeline, resolved. */
interface Action {
  readonly actionTypeId: { readonly provider: string };
  readonly configuration?: { readonly RepositoryName?: { readonly Ref?: string }; readonly ImageTag?: unknown };
}

const watchedOf = new WeakMap<object, Watched>();
const watchedIn = new WeakMap<IConstruct, Watched[]>();

/**
 * For a repository whose mutability the app does not set: warns at the end of synthesis if the app uses a tag of it that is usually moved,
 * and that the default makes immutable.
 */
export function warnOfMovingTags(repository: ecr.Repository, native: ecr.CfnRepository): void {
  const watched = { repository, native, tags: new Set<string>() };
  watchedOf.set(repository, watched);
  const assembly: IConstruct = Stage.of(repository) ?? repository.node.root;
  const others = watchedIn.get(assembly);
  if (others) {
    others.push(watched);
    return;
  }
  const all = [watched];
  watchedIn.set(assembly, all);
  assembly.node.addValidation({
    validate: () => {
      const ofPipelines = tagsOfPipelines(assembly);
      for (const one of all) {
        const watchedTags = ofPipelines.size === 0 ? [] : ofPipelines.get(idOf(one.native)) ?? [];
        warn(one, [...new Set([...one.tags, ...watchedTags])]);
      }
      return [];
    },
  });
}

/** Remembers tags that the app uses. */
export function rememberTags(repository: aws_ecr.IRepositoryRef, tags: readonly string[]): void {
  for (const tag of tags.filter(isMovingTag)) watchedOf.get(repository)?.tags.add(tag);
}

function warn({ repository, native }: Watched, tags: readonly string[]): void {
  if (tags.length === 0 || native.imageTagMutability !== ecr.TagMutability.IMMUTABLE) return;
  const filters = tags.map(tag => `ecr.ImageTagMutabilityExclusionFilter.wildcard('${tag}')`).join(', ');
  Annotations.of(repository).addWarningV2('cdk-ecr-keeper:moving-tag',
    `the app uses the tag ${tags.map(tag => `'${tag}'`).join(', ')} of this repository, whose tags are immutable because`
    + ' \'imageTagMutability\' is not set: the second push to that tag fails — set \'imageTagMutabilityExclusionFilters:'
    + ` [${filters}]' to allow it, or 'imageTagMutability: ecr.TagMutability.IMMUTABLE' if no tag is ever pushed again`);
}

/**
 * The tags that `EcrSourceAction` watches, by repository of the same stack. It does not ask the repository for a URI.
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
