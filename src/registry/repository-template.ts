import { Lazy, Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { TEMPLATE_PREFIX, withoutSlash } from '../core/registry-prefix';
import { LifecyclePolicy } from '../lifecycle-policy';
import { warnOfLifecycle } from '../private/lifecycle/lifecycle-warnings';
import { throwProblems } from '../private/problems';
import { checkProps, listOf, oneOf, PropertyTypes, required, TEXT } from '../private/property-types';
import { DeclaredPrefixes } from '../private/registry/declared-prefixes';
import { renderTagSettings, warnOfImmutableCache } from '../private/registry/tag-mutability';
import { createTemplateRole } from '../private/registry/template-role';
import { policyOf, settingProblems, TEMPLATE_SETTING_TYPES } from '../private/registry/template-settings';

/**
 * Events at which Amazon ECR creates a repository by itself.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html
 * @stability stable
 */
export enum TemplateUse {
  /** The first pull of an image through a pull-through cache. */
  PULL_THROUGH_CACHE = 'PULL_THROUGH_CACHE',

  /** The replication of an image from another registry. */
  REPLICATION = 'REPLICATION',

  /** A push to a repository that does not exist. Without a template for this use, such a push fails. */
  CREATE_ON_PUSH = 'CREATE_ON_PUSH',
}

/**
 * Settings of repositories that Amazon ECR creates by itself.
 *
 * @stability stable
 */
export interface RepositoryTemplateOptions {
  /**
   * Lifecycle policy of the repositories.
   *
   * @default - no lifecycle policy; no image expires
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
   */
  readonly lifecycle?: LifecyclePolicy;

  /**
   * Statements of the policy of the repositories. Each must have a principal and only actions of Amazon ECR, and no resources.
   *
   * @default - no repository policy
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
   */
  readonly statements?: iam.PolicyStatement[];

  /**
   * Tags of the repositories, at most 50. The tags of the stack and of `Tags.of` are not added.
   *
   * @default - no tags
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-using-tags.html
   */
  readonly tags?: { [key: string]: string };

  /**
   * AWS KMS key that encrypts the repositories, in the Region of the stack. An alias is not supported.
   *
   * @default - encryption with a key that Amazon S3 manages
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Whether tags can be overwritten. Immutable tags prevent that Amazon ECR updates images of a pull-through cache.
   *
   * @default - MUTABLE; IMMUTABLE_WITH_EXCLUSION with exclusion filters
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
   */
  readonly imageTagMutability?: ecr.TagMutability;

  /**
   * Tags to which the opposite of `imageTagMutability` applies, 1 to 5 filters.
   *
   * @default - no exceptions
   */
  readonly imageTagMutabilityExclusionFilters?: ecr.ImageTagMutabilityExclusionFilter[];

  /**
   * Description of the template, at most 256 characters.
   *
   * @default - no description
   */
  readonly description?: string;
}

/**
 * Properties of `RepositoryTemplate`.
 *
 * @stability stable
 */
export interface RepositoryTemplateProps extends RepositoryTemplateOptions {
  /**
   * Beginning of the names of the repositories, such as `team/`, of at most 256 characters, or `ROOT` for all repositories without a
   * template of their own. It consists of complete segments; Amazon ECR assumes a `/` at the end. The template with the longest prefix
   * applies.
   *
   * It must be known when the app is synthesized.
   */
  readonly prefix: string;

  /** Events at which the template applies, at least one. */
  readonly appliedFor: TemplateUse[];
}

const PROPERTY_TYPES: PropertyTypes<RepositoryTemplateProps> = {
  ...TEMPLATE_SETTING_TYPES, prefix: required(TEXT), appliedFor: required(listOf(oneOf('TemplateUse', TemplateUse))),
};

const templates = new DeclaredPrefixes('template', TEMPLATE_PREFIX);

/**
 * Settings for repositories that Amazon ECR creates by itself: for a pull-through cache, for replication, or on push.
 *
 * Such repositories otherwise have no lifecycle policy, policy, or tags. A template changes no repository that exists already. Amazon ECR
 * creates repositories with tags or a key only with a role, which is created if the template has them.
 *
 * @throws if a property is invalid, or if the app has a template with the same prefix in the same account and Region
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html
 *
 * @example
 * new registry.RepositoryTemplate(this, 'Team', {
 *   prefix: 'team/',
 *   appliedFor: [registry.TemplateUse.CREATE_ON_PUSH],
 *   lifecycle: LifecyclePolicy.fromRules([LifecycleRule.keepNewest(50)]),
 * });
 * @stability stable
 */
export class RepositoryTemplate extends Construct {
  /** Role with which Amazon ECR creates the repositories. Undefined if the template has neither tags nor a key. */
  public readonly role?: iam.IRole;

  /**
   * @param scope Scope in which the construct is created.
   * @param id ID of the construct, unique in the scope.
   * @param props Prefix of the repositories, uses of the template, and settings.
   */
  constructor(scope: Construct, id: string, props: RepositoryTemplateProps) {
    super(scope, id);
    checkProps(this, props, PROPERTY_TYPES);
    const { prefix, appliedFor, lifecycle, tags = {}, encryptionKey, statements = [], description } = props;
    const stack = Stack.of(this);
    throwProblems(this.node.path, problemsOf(this, props));
    const policy = policyOf(this);
    policy.add(this.node.path, statements, false);
    this.node.addValidation({ validate: () => policy.validate() });
    warnOfLifecycle(this, lifecycle?._rules);
    if (appliedFor.includes(TemplateUse.PULL_THROUGH_CACHE)) warnOfImmutableCache(this, props);
    const resourceTags = Object.entries(tags).map(([key, value]) => ({ key, value }));
    const role = resourceTags.length > 0 || encryptionKey ? createTemplateRole(this, prefix, encryptionKey) : undefined;
    const native = new ecr.CfnRepositoryCreationTemplate(this, 'Resource', {
      prefix: withoutSlash(prefix),
      appliedFor,
      description,
      lifecyclePolicy: lifecycle?._text,
      repositoryPolicy: Lazy.uncachedString({
        produce: () => policy.isEmpty ? undefined : stack.toJsonString({ Version: '2012-10-17', Statement: policy.render() }),
      }),
      ...renderTagSettings(props),
      ...resourceTags.length > 0 ? { resourceTags } : {},
      ...encryptionKey ? { encryptionConfiguration: { encryptionType: 'KMS', kmsKey: encryptionKey.keyArn } } : {},
      customRoleArn: role?.roleArn,
    });
    // Amazon ECR may use the template as soon as it exists. The role itself is a reference
    if (role) native.node.addDependency(role.node.findChild('DefaultPolicy'));
    this.role = role;
  }
}

function problemsOf(scope: Construct, props: RepositoryTemplateProps): string[] {
  const { prefix, appliedFor } = props;
  return [
    ...templates.problemsOf(scope, prefix),
    ...appliedFor.length === 0 ? ['\'appliedFor\' must have at least one use, such as TemplateUse.PULL_THROUGH_CACHE, got none']
      : new Set(appliedFor).size < appliedFor.length ? [`'appliedFor' must have each use once, got: ${appliedFor.join(', ')}`] : [],
    ...settingProblems(scope, props),
  ];
}
