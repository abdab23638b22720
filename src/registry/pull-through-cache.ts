import { Stack, Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { RepositoryTemplate, RepositoryTemplateOptions, TemplateUse } from './repository-template';
import { Upstream } from './upstream';
import { CACHE_PREFIX, namesUnder, ROOT, withoutSlash } from '../core/registry-prefix';
import { PrefixTeardown, PrefixTeardownOptions } from '../prefix-teardown';
import { refusalRule } from '../private/events/refusals';
import { guardProblems, PREFIX_TEARDOWN_TYPES } from '../private/guards';
import { PREFIX_TEARDOWN_FUNCTION } from '../private/handler/descriptors';
import { HandlerFunction } from '../private/handler/handler-function';
import { COPY_FROM, PUSH_TOKEN } from '../private/images/image-permissions';
import { throwProblems } from '../private/problems';
import { checkOptions, checkProps, instanceOf, PRINCIPAL, PropertyTypes, required, struct, TEXT } from '../private/property-types';
import { cacheRule } from '../private/registry/cache-rule';
import { cachedRepository } from '../private/registry/cached-image';
import { DeclaredPrefixes } from '../private/registry/declared-prefixes';
import { settingProblems, TEMPLATE_SETTING_TYPES } from '../private/registry/template-settings';
import { upstreamProblems } from '../private/registry/upstream';
import { isKnownToDiffer } from '../private/repository/unowned-repository';
import { shortHash } from '../private/short-hash';
import { allowRetireGrantOn } from '../private/teardown/kms-grants';
import { warnOfMissingTemplateTag } from '../private/teardown/required-tag';

/**
 * Properties of `PullThroughCache`.
 *
 * @stability stable
 */
export interface PullThroughCacheProps {
  /** Registry whose images are cached, for example `Upstream.dockerHub(credentials)`. */
  readonly upstream: Upstream;

  /**
   * Beginning of the names of the repositories that cache images, such as `docker-hub`, of 2 to 30 characters, or `ROOT` for all
   * repositories that no other cache has. It consists of complete segments; Amazon ECR assumes a `/` at the end.
   *
   * It must be known when the app is synthesized.
   */
  readonly prefix: string;

  /**
   * Settings of the repositories that Amazon ECR creates for the cache, for which a `RepositoryTemplate` is created.
   *
   * @default - no template; the repositories have no lifecycle policy, policy, or tags, unless another template applies
   */
  readonly repositories?: RepositoryTemplateOptions;

  /**
   * Teardown of the repositories that Amazon ECR created for the cache, which runs when the whole stack is deleted. It cannot be combined
   * with the prefix `ROOT`.
   *
   * The template must set the required tag: in `tags` of `repositories`, if these are set.
   *
   * @default - the repositories are kept
   */
  readonly teardown?: PrefixTeardownOptions;
}

const PROPERTY_TYPES: PropertyTypes<PullThroughCacheProps> = {
  upstream: required(instanceOf('Upstream', 'Upstream.dockerHub(credentials)')),
  prefix: required(TEXT),
  repositories: struct(TEMPLATE_SETTING_TYPES),
  teardown: struct(PREFIX_TEARDOWN_TYPES),
};

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html */
const FIRST_PULL = ['ecr:BatchImportUpstreamImage', 'ecr:CreateRepository'];
const PULL = ['ecr:BatchCheckLayerAvailability', ...COPY_FROM];

const caches = new DeclaredPrefixes('pull-through cache', CACHE_PREFIX);

/**
 * Pull-through cache of the registry of the stack's account and Region: a rule, and settings for the repositories that Amazon ECR creates.
 *
 * The first pull of an image creates a repository under the prefix and imports the image. For later pulls, Amazon ECR checks at least once
 * in 24 hours whether the tag has moved. AWS Lambda cannot pull through a cache. A resource of the stack that pulls when it is deployed
 * must depend on the cache (`node.addDependency`).
 *
 * A function creates the rule, because the CloudFormation resource `AWS::ECR::PullThroughCacheRule` cannot change the credentials of a
 * rule. The deployment fails if Amazon ECR cannot log in to the upstream registry.
 *
 * @throws if a property is invalid, or if the app has a cache with the same prefix in the same account and Region
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
 *
 * @example
 * const credentials = secretsmanager.Secret.fromSecretNameV2(this, 'Credentials', 'ecr-pullthroughcache/docker-hub');
 * const cache = new registry.PullThroughCache(this, 'DockerHub', {
 *   upstream: registry.Upstream.dockerHub(credentials),
 *   prefix: 'docker-hub',
 *   repositories: { lifecycle: LifecyclePolicy.fromRules([LifecycleRule.keepNewest(20)]) },
 * });
 * cache.grantPull(new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') }));
 * @stability stable
 */
export class PullThroughCache extends Construct {
  private readonly prefix: string;

  /**
   * @param scope Scope in which the construct is created.
   * @param id ID of the construct, unique in the scope.
   * @param props Upstream registry, prefix, and settings of the repositories.
   */
  constructor(scope: Construct, id: string, private readonly props: PullThroughCacheProps) {
    super(scope, id);
    checkProps(this, props, PROPERTY_TYPES);
    throwProblems(this.node.path, [...problemsOf(this, props), ...missingTagProblems(props)]);
    const { upstream, repositories, teardown } = props;
    const prefix = this.prefix = withoutSlash(props.prefix);
    const rule = cacheRule(new Construct(this, shortHash(prefix, 8)), prefix, upstream._source);
    if (repositories) {
      // the first pull needs the settings
      rule.node.addDependency(new RepositoryTemplate(this, 'Template', {
        ...repositories, prefix, appliedFor: [TemplateUse.PULL_THROUGH_CACHE],
      }));
    }
    if (teardown) {
      // the rule is deleted first, because a pull could create a repository again
      rule.node.addDependency(new PrefixTeardown(this, 'Teardown', { ...teardown, prefix: namesUnder(prefix) }));
      if (repositories?.encryptionKey) {
        allowRetireGrantOn(HandlerFunction.of(this, PREFIX_TEARDOWN_FUNCTION), repositories.encryptionKey.keyArn);
      }
      if (!repositories) warnOfMissingTemplateTag(this, teardown.requireTag);
    }
  }

  /**
   * Grants permission to pull images through the cache, including the first pull of an image, which creates its repository.
   *
   * The principal must be in the account of the cache. For other accounts, add `RegistryStatement.pullThrough` to a `RegistryPermissions`
   * and the permission to pull to `statements` of `repositories`.
   *
   * @param grantee Principal to grant to.
   * @throws if the principal is in another account, or has no policy that the app can change
   */
  public grantPull(grantee: iam.IGrantable): iam.Grant {
    checkOptions('PullThroughCache.grantPull', { grantee }, { grantee: required(PRINCIPAL) });
    const stack = Stack.of(this);
    const { principalAccount } = grantee.grantPrincipal;
    const repositories = stack.formatArn({ service: 'ecr', resource: 'repository', resourceName: `${namesUnder(this.prefix)}*` });
    const isOfAnother = principalAccount !== undefined && isKnownToDiffer(principalAccount, stack.account);
    const grant = isOfAnother ? undefined
      : iam.Grant.addToPrincipal({ grantee, actions: [...FIRST_PULL, ...PULL], resourceArns: [repositories] });
    const wanted = isOfAnother ? `, ${stack.account}, got one of account ${principalAccount}`
      : ` whose policy the app can change, got: ${String(grantee.grantPrincipal)}`;
    throwProblems(this.node.path, grant?.success ? [] : [
      `'grantee' must be a principal of the account of the cache${wanted}. For others, add RegistryStatement.pullThrough to a`
        + ' RegistryPermissions, and the permission to pull to the \'statements\' of \'repositories\'',
    ]);
    return grant!.combine(iam.Grant.addToPrincipal({ grantee, actions: PUSH_TOKEN, resourceArns: ['*'] }));
  }

  /**
   * Creates a rule for the refusals of the `teardown`.
   *
   * AWS CloudFormation sends the event when the resource fails. Its detail contains the reasons, and the command that lifts the refusal if
   * there is one. The rule and its target are deleted after the resource.
   *
   * @param id ID of the rule, unique in the construct.
   * @param options Target of the rule, and further conditions.
   * @throws if there is no `teardown`
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-resource-status-change.html
   */
  public onRefused(id: string, options: events.OnEventOptions = {}): events.Rule {
    return refusalRule(this, id, options);
  }

  /**
   * Returns the URI with which an image is pulled through the cache.
   *
   * @param name Name of the image in the upstream registry, without the registry, such as `library/nginx`. For Docker Hub, a name without a
   * slash is the name of an official image. It must not be a token.
   * @param tagOrDigest Tag of up to 128 characters, or a digest that begins with `sha256:`. May be a token.
   * @throws if the name or the tag is invalid for the upstream registry
   */
  public imageUri(name: string, tagOrDigest: string): string {
    checkOptions('PullThroughCache.imageUri', { name, tagOrDigest }, { name: required(TEXT), tagOrDigest: required(TEXT) });
    const { repositoryName, problems } = cachedRepository(this.prefix, this.props.upstream._source, { name, tagOrDigest });
    throwProblems(this.node.path, problems);
    const { account, region, urlSuffix } = Stack.of(this);
    return `${account}.dkr.ecr.${region}.${urlSuffix}/${repositoryName}${tagOrDigest.startsWith('sha256:') ? '@' : ':'}${tagOrDigest}`;
  }
}

function problemsOf(scope: Construct, { upstream, prefix, repositories = {}, teardown }: PullThroughCacheProps): string[] {
  return [
    ...caches.problemsOf(scope, prefix),
    ...upstreamProblems(scope, prefix, upstream._source),
    ...within('repositories', settingProblems(scope, repositories)),
    ...teardown ? within('teardown', guardProblems(teardown)) : [],
    ...teardown && prefix === ROOT ? ['\'teardown\' must not be combined with the prefix ROOT, which stands for every repository'] : [],
  ];
}

/** Returns the problems of the properties of a struct, with its name. */
function within(property: string, problems: readonly string[]): string[] {
  return problems.map(problem => problem.replace(/^'/, `'${property}.`));
}

function missingTagProblems({ repositories, teardown }: PullThroughCacheProps): string[] {
  if (!teardown || !repositories) return [];
  const { key, value } = teardown.requireTag;
  const tag = repositories.tags?.[key];
  return tag !== undefined && (tag === value || Token.isUnresolved(tag) || Token.isUnresolved(value)) ? [] : [
    `'teardown.requireTag' must be one of 'repositories.tags', because the teardown deletes only repositories with it. Add ${key}:`
      + ` ${JSON.stringify(value)} there`,
  ];
}
