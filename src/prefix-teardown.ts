import { Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { REGION } from './core/environment';
import { DEFAULT_MAX_REPOSITORIES } from './core/teardown/prefix';
import { ImageGuards, ImageUseGuards } from './image-guards';
import { refusalRule } from './private/events/refusals';
import { guardProblems, guardsOf, PREFIX_TEARDOWN_TYPES } from './private/guards';
import { OverlappingPrefixes } from './private/overlapping-prefixes';
import { countProblems, throwProblems } from './private/problems';
import { checkProps, listOf, PropertyTypes, required, TEXT } from './private/property-types';
import { shortHash } from './private/short-hash';
import { tearDownPrefix } from './private/teardown/prefix-teardown';
import { RequiredTag } from './teardown';
import { TeardownAuditOptions } from './teardown-audit';

/**
 * Options of a teardown of repositories under a prefix.
 *
 * The guards are checked for each repository. If one refuses, none of the repositories is deleted.
 *
 * @stability stable
 */
export interface PrefixTeardownOptions extends ImageGuards, ImageUseGuards, TeardownAuditOptions {
  /**
   * Resource tag that a repository must have to be deleted. Repositories without the tag are kept, so let the repository creation template
   * set it.
   *
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html
   */
  readonly requireTag: RequiredTag;

  /**
   * Maximum number of repositories that may be deleted, in all Regions together. A whole number of at least 1.
   *
   * @default 50
   */
  readonly maxRepositories?: number;
}

/**
 * Properties of `PrefixTeardown`.
 *
 * @stability stable
 */
export interface PrefixTeardownProps extends PrefixTeardownOptions {
  /**
   * Beginning of the repository names, such as `cache/docker-hub/`. It consists of complete segments, each ending in `/`, and has at most
   * 256 characters.
   *
   * It must be known when the app is synthesized, and must not be `ROOT`.
   */
  readonly prefix: string;

  /**
   * Regions in which the repositories are deleted, in the account of the stack.
   *
   * @default - the Region of the stack
   */
  readonly regions?: string[];
}

const PROPERTY_TYPES: PropertyTypes<PrefixTeardownProps> = {
  ...PREFIX_TEARDOWN_TYPES, prefix: required(TEXT), regions: listOf(TEXT),
};

/**
 * Teardown of repositories under a prefix, which pull-through cache rules, replication, or repository creation templates create.
 *
 * When the whole stack is deleted, it deletes the repositories under the prefix that carry the required tag, with all their images. It
 * keeps repositories that a stack declares or tears down, and those that get their lifecycle policy from another stack. A repository does
 * not show which stack needs it, so choose a tag that only the creation template sets.
 *
 * If a pull-through cache rule is in the same stack, it must be deleted first. Otherwise a pull can create a repository again. The option
 * `teardown` of `registry.PullThroughCache` does that. For a native rule, add a dependency with `rule.node.addDependency(teardown)`.
 *
 * @throws if a property is invalid, or if the prefix overlaps with the prefix of another teardown of the app in the same account and Region
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
 *
 * @example
 * new PrefixTeardown(this, 'DockerHubCache', {
 *   prefix: 'cache/docker-hub/',
 *   requireTag: { key: 'stage', value: 'test' },
 * });
 * @stability stable
 */
export class PrefixTeardown extends Construct {
  /**
   * @param scope Scope in which the construct is created.
   * @param id ID of the construct, unique in the scope.
   * @param props Prefix, required tag, and guards.
   */
  constructor(scope: Construct, id: string, props: PrefixTeardownProps) {
    super(scope, id);
    checkProps(this, props, PROPERTY_TYPES);
    throwProblems(this.node.path, problemsOf(this, props));
    const { prefix, requireTag, regions = [], maxRepositories = DEFAULT_MAX_REPOSITORIES, audit } = props;
    // a different prefix is a different resource, and the Delete request of the old resource keeps all repositories
    const target = new Construct(this, shortHash(prefix, 8));
    tearDownPrefix(target, { prefix, regions, maxRepositories, requireTag, guards: guardsOf(props), audit: audit?._destination });
  }

  /**
   * Creates a rule for the refusals of the teardown.
   *
   * AWS CloudFormation sends the event when the resource fails. Its detail contains the reasons, and the command that lifts the refusal if
   * there is one. The rule and its target are deleted after the resource.
   *
   * @param id ID of the rule, unique in the construct.
   * @param options Target of the rule, and further conditions.
   * @throws if an option is invalid
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-resource-status-change.html
   */
  public onRefused(id: string, options: events.OnEventOptions = {}): events.Rule {
    return refusalRule(this, id, options);
  }
}

const declaredPrefixes = new OverlappingPrefixes('a teardown');

function problemsOf(scope: Construct, props: PrefixTeardownProps): string[] {
  const { prefix, maxRepositories, regions = [] } = props;
  return [
    ...declaredPrefixes.problemsOf(scope, prefix, regions),
    ...guardProblems(props),
    ...countProblems('maxRepositories', maxRepositories),
    ...regions.flatMap((region, index) => !Token.isUnresolved(region) && REGION.test(region) ? []
      : [`'regions[${index}]' must be the name of a Region, such as eu-west-1, got: ${Token.isUnresolved(region) ? 'a token' : region}`]),
    ...new Set(regions).size < regions.length ? [`'regions' must name each Region once, got: ${regions.join(', ')}`] : [],
  ];
}
