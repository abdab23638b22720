import { Annotations, CfnDeletionPolicy, CfnElement, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { Construct } from 'constructs';
import { markToken } from '../handler/handler-function';
import { exemptFromLock } from '../policy/deletion-lock';
import { throwProblems } from '../problems';
import { allowRetireGrantFor } from './kms-grants';
import { allowAskingForOwner, allowMarkOf } from './mark-permission';
import { DESTROY_FAILS, EMPTY_ON_DELETE } from './removal-warnings';
import { finalTags, warnOfMissingTag } from './required-tag';
import { allowSurroundings, registryStatements, replicaStatements, teardownActions, UNTAGGED_KEYS } from './teardown-permissions';
import { ownRegionProblems, RemovalPlan, TeardownPlan, wireOf } from './teardown-plan';
import { teardownFunction, teardownResource } from './teardown-resource';
import { markKey } from '../../core/mark';
import { TEARDOWN_CODE_TAG, TEARDOWN_HANDLER } from '../../core/wire/teardown';
import { ANY_REGION } from '../lifecycle/guard-permissions';
import {
  deleteByTeardown, DELETED_BY_TEARDOWN, finalDeletionPolicy, isRetained, removalAttributes, RemovalAttributes,
} from '../repository/native-repository';

export interface NativeSettings {
  readonly removalPolicy?: RemovalPolicy;
  readonly emptyOnDelete?: boolean;
  readonly autoDeleteImages?: boolean;
}

/** Higher than the priorities of Tags.of() and Tags.remove(), so that an app-wide tag never replaces the mark. */
const MARK_PRIORITY = 1_000;

/** Paths of the constructs that added a teardown to repositories. */
const teardownPaths = new WeakMap<ecr.CfnRepository, string>();

/** Returns the problems of removal settings of aws-ecr that contradict a teardown. */
export function contradictions(plan: TeardownPlan, { removalPolicy, emptyOnDelete, autoDeleteImages }: NativeSettings): string[] {
  const implied = plan.kind === 'delete-with-images' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
  return [
    ...removalPolicy !== undefined && removalPolicy !== implied
      ? [`'removalPolicy' must be omitted or ${implied.toUpperCase()} with this 'teardown', got: ${removalPolicy.toUpperCase()}`] : [],
    ...emptyOnDelete ? [
      '\'emptyOnDelete\' must not be combined with \'teardown\', got: true. Remove \'emptyOnDelete\', because the teardown decides when'
        + ' images are deleted. Or remove \'teardown\', and CloudFormation deletes the images whenever it deletes the'
      + ' repository, without guards',
    ] : [],
    ...autoDeleteImages ? ['\'autoDeleteImages\' must not be combined with \'teardown\', got: true'] : [],
  ];
}

export function warnOfEmptyOnDelete(scope: Construct): void {
  Annotations.of(scope).addWarningV2('cdk-ecr-keeper:empty-on-delete',
    `${EMPTY_ON_DELETE}. Use 'teardown: Teardown.deleteWithImages()' to delete them only with the stack`);
}

/** Warns about the removal policy DESTROY without a teardown. Must be called when the app is complete. */
export function warnOfDestroy(scope: Construct, native: ecr.CfnRepository): string[] {
  const isEmptied = native.emptyOnDelete === true || scope.node.tryFindChild('AutoDeleteImagesCustomResource') !== undefined;
  if (finalDeletionPolicy(native) !== CfnDeletionPolicy.DELETE || isEmptied || teardownPaths.has(native)) return [];
  Annotations.of(scope).addWarningV2('cdk-ecr-keeper:destroy-without-teardown',
    `the removal policy is DESTROY, but ${DESTROY_FAILS}. Add 'teardown: Teardown.deleteWithImages()', or keep the repository with`
    + ' RETAIN');
  return [];
}

/** Attaches a teardown to a repository that the same stack declares, with native properties where they are sufficient. */
export function tearDownOwned(scope: Construct, id: string, native: ecr.CfnRepository, plan: TeardownPlan): void {
  const earlierPath = teardownPaths.get(native);
  if (earlierPath !== undefined) throwProblems(scope.node.path, [`the repository already has a teardown, set at '${earlierPath}'`]);
  teardownPaths.set(native, scope.node.path);
  if (plan.kind === 'retain') {
    native.applyRemovalPolicy(RemovalPolicy.RETAIN);
    validateFinally(scope, native, final => [...keepRetained(scope, native, final), ...codeTagProblems(final)]);
    return;
  }
  if (plan.kind === 'empty') {
    native.applyRemovalPolicy(RemovalPolicy.RETAIN);
    deployTeardown(scope, id, native, plan);
    validateFinally(scope, native, final => keepRetained(scope, native, final));
    return;
  }
  deleteByTeardown(native);
  deployTeardown(scope, id, native, plan);
}

function deployTeardown(scope: Construct, id: string, native: ecr.CfnRepository, plan: RemovalPlan): void {
  throwProblems(scope.node.path, ownRegionProblems({ env: Stack.of(native) }, plan));
  const handler = teardownFunction(scope);
  const { reads, writes } = teardownActions(plan, true);
  handler.allowReads(reads);
  handler.allowMarkedWrites(writes, UNTAGGED_KEYS);
  exemptFromLock(scope, native, handler, writes);
  allowSurroundings(handler, plan, ANY_REGION);
  for (const statement of registryStatements(handler, plan)) handler.allowOnce(statement);
  if (plan.kind === 'delete-with-images') allowRetireGrantFor(handler, native);
  allowAskingForOwner(handler);
  allowMarkOf(handler, native);
  const resource = teardownResource(scope, id, handler, {
    repositoryArn: native.attrArn,
    owned: true,
    repositoryLogicalId: native.logicalId,
    ...wireOf(plan),
    onStackDelete: Lazy.uncachedString({
      produce: () => plan.kind === 'delete-with-images' && isRetained(finalDeletionPolicy(native)) ? 'retain' : plan.kind,
    }) as RemovalPlan['kind'],
  });
  // a repository cannot depend on a policy that names it, and the resource needs the policy until it is deleted, so it depends on both
  resource.node.addDependency(...handler.allowAll(scope, `${id}Replicas`, replicaStatements(handler, native.ref, plan)));
  const mark = markToken((resource.node.defaultChild as CfnElement).logicalId);
  native.tags.setTag(markKey(TEARDOWN_HANDLER), mark, MARK_PRIORITY);
  validateFinally(scope, native, final => {
    const isKept = plan.kind === 'delete-with-images' && isRetained(finalDeletionPolicy(native));
    if (!isKept) warnOfMissingTag(scope, [...final.tags, ...stackTags(native)], plan);
    return [
      ...plan.kind === 'delete-with-images' ? keepReplaced(scope, native, final) : [],
      ...codeTagProblems(final), ...emptyOnDeleteProblems(final), ...markProblems(final),
    ];
  });
}

/**
 * Validates the final attributes. Validations run after aspects, mixins, and escape hatches, so only a raw override can still change the
 * values.
 */
function validateFinally(scope: Construct, native: ecr.CfnRepository, validate: (final: RemovalAttributes) => string[]): void {
  scope.node.addValidation({ validate: () => validate(removalAttributes(native)) });
}

/** Returns the tags that CloudFormation adds to the resources of a stack. A nested stack has the tags of its parents too. */
function stackTags(native: ecr.CfnRepository): ReturnType<typeof finalTags> {
  const tags = new Array<ReturnType<typeof finalTags>[number]>();
  for (let stack: Stack | undefined = Stack.of(native); stack; stack = stack.nestedStackParent) tags.push(...finalTags(stack.tags));
  return tags;
}

function keepRetained(scope: Construct, native: ecr.CfnRepository, final: RemovalAttributes): string[] {
  if (final.deletionPolicy !== CfnDeletionPolicy.RETAIN || final.updateReplacePolicy !== CfnDeletionPolicy.RETAIN) {
    native.addOverride('DeletionPolicy', CfnDeletionPolicy.RETAIN);
    native.addOverride('UpdateReplacePolicy', CfnDeletionPolicy.RETAIN);
    Annotations.of(scope).addWarningV2('cdk-ecr-keeper:retain-restored',
      `the deletion policy was set to ${final.deletionPolicy} after a teardown that keeps the repository. It was set back to Retain`);
  }
  return [];
}

function keepReplaced(scope: Construct, native: ecr.CfnRepository, final: RemovalAttributes): string[] {
  const deletionPolicy = finalDeletionPolicy(native);
  if (isRetained(deletionPolicy)) {
    Annotations.of(scope).addWarningV2('cdk-ecr-keeper:retain-wins',
      `the deletion policy was set to ${deletionPolicy} after Teardown.deleteWithImages(). The repository and its images will be kept`);
  } else if (deletionPolicy !== DELETED_BY_TEARDOWN) {
    // with DESTROY of an Aspect, or without a policy, CloudFormation would also delete the repository on updates and rollbacks
    native.addOverride('DeletionPolicy', DELETED_BY_TEARDOWN);
  }
  if (final.updateReplacePolicy !== CfnDeletionPolicy.RETAIN) native.addOverride('UpdateReplacePolicy', CfnDeletionPolicy.RETAIN);
  return [];
}

function emptyOnDeleteProblems({ emptyOnDelete }: RemovalAttributes): string[] {
  return emptyOnDelete === undefined || emptyOnDelete === false ? [] : [
    '\'EmptyOnDelete\' was set on a repository with a teardown, by an Aspect, a mixin, or an escape hatch. CloudFormation would delete the'
    + ' images without the guards, also on updates and rollbacks. Remove it, or remove the teardown and set \'emptyOnDelete\'',
  ];
}

function markProblems({ tags }: RemovalAttributes): string[] {
  const key = markKey(TEARDOWN_HANDLER);
  return tags.some(tag => tag.Key === key) ? [] : [
    `the tag '${key}' was removed from a repository with a teardown. Without the tag, the repository is never deleted`,
  ];
}

/** A person sets the override code after reading a refusal. A template with the code would lift the refusal before anybody reads it. */
function codeTagProblems({ tags }: RemovalAttributes): string[] {
  return tags.some(tag => tag.Key === TEARDOWN_CODE_TAG)
    ? [`the tag '${TEARDOWN_CODE_TAG}' must not be in a template, because it lifts the refusal of a teardown. Set it by hand, with the`
      + ' command that the refusal shows']
    : [];
}
