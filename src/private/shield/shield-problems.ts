import { Duration, Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import {
  needsRoleNames, searchedRegions, SelectedEnvironments, searchProblems, searchRoleArns, userProblems,
} from './searched-environments';
import { SelectedRepositories, selectionProblems } from './selected-repositories';
import { reachProblems, ShieldReach } from './shield-permissions';
import { ACCOUNT_ID } from '../../core/environment';
import { isTag } from '../../core/images/digest';
import type { ImageUser } from '../../core/images/image-user';
import { MAX_TAG_PREFIX, releasedPrefix } from '../../core/shield/tags';
import { DeclaredOnce } from '../declared-once';
import { shortHash } from '../short-hash';

/** What a user declares of a shield, with defaults. */
export interface ShieldPlan {
  readonly selected: SelectedRepositories;
  readonly users: readonly ImageUser[];
  readonly environments: SelectedEnvironments;
  readonly every: Duration;
  readonly keepAfterUse: Duration;
  readonly tagPrefix: string;
  readonly repositoryMetrics: boolean;
  readonly ignoredRegistries: readonly string[];
}

const SECONDS_PER_HOUR = 3_600;
const SECONDS_PER_DAY = 86_400;

/** Longest part of a name after the name of the stack: the value of a dimension has at most 255 characters. */
const MAX_PATH_LENGTH = 120;

/**
 * Returns the name of the shield in metrics and events, which is unique in the account and Region. ASCII only:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html
 */
export function shieldName(scope: Construct): string {
  const stack = Stack.of(scope);
  const path = scope.node.path.slice(stack.node.path.length + 1);
  const isReadable = path.length <= MAX_PATH_LENGTH && /^[\x21-\x7e]+$/.test(path);
  return `${stack.stackName}/${isReadable ? path : shortHash(path, 16)}`;
}

/** Returns all problems of a shield that are known when it is created. */
export function shieldProblems(scope: Construct, plan: ShieldPlan): string[] {
  const repositories = selectionProblems(scope, plan.selected);
  const tags = tagPrefixProblems(plan.tagPrefix);
  return [
    ...repositories.length > 0 ? repositories : reachProblems(scope, reachOf(scope, plan)),
    ...userProblems(plan.users),
    ...ignoredProblems(scope, plan.ignoredRegistries),
    ...searchProblems(scope, plan.environments, plan.users),
    ...otherRoleProblems(scope, plan.environments),
    ...durationProblems(plan),
    ...tags.length > 0 ? tags : otherShieldProblems(scope, plan),
  ];
}

/** Returns where the functions of a shield tag images, and the roles that they assume. */
export function reachOf(scope: Construct, { selected, environments }: Pick<ShieldPlan, 'selected' | 'environments'>): ShieldReach {
  return { selected, regions: searchedRegions(scope, environments), roleArns: searchRoleArns(scope, environments) };
}

function ignoredProblems(scope: Construct, accounts: readonly string[]): string[] {
  const { account: own } = Stack.of(scope);
  return accounts.flatMap((account, index) => {
    const name = `'ignoredRegistries[${index}]'`;
    if (account === own) return [`${name} must not be the account of the stack, whose images the shield protects, got: ${account}`];
    if (Token.isUnresolved(account)) return [`${name} must be known at synthesis, got a token`];
    return ACCOUNT_ID.test(account) ? [] : [`${name} must be an account ID with 12 digits, got: ${JSON.stringify(account)}`];
  });
}

function durationProblems({ every, keepAfterUse }: Pick<ShieldPlan, 'every' | 'keepAfterUse'>): string[] {
  const unknown = Object.entries({ every, keepAfterUse }).filter(([, duration]) => duration.isUnresolved())
    .map(([name]) => `'${name}' must be known at synthesis, got a token`);
  if (unknown.length > 0) return unknown;
  const [interval, grace] = [every, keepAfterUse].map(duration => duration.toMilliseconds() / 1_000);
  const isInterval = interval >= SECONDS_PER_HOUR && interval <= SECONDS_PER_DAY && interval % 60 === 0;
  return [
    ...isInterval ? [] : [`'every' must be whole minutes, at least 1 hour and at most 1 day, got: ${every.toHumanString()}`],
    ...grace >= SECONDS_PER_DAY && Number.isInteger(grace) ? []
      : [`'keepAfterUse' must be whole seconds, at least 1 day, got: ${keepAfterUse.toHumanString()}`],
    ...!isInterval || grace >= 2 * interval ? [] : [
      `'keepAfterUse' must be at least twice 'every' (${every.toHumanString()}), so that one failed run releases no image, got:`
      + ` ${keepAfterUse.toHumanString()}`,
    ],
  ];
}

function tagPrefixProblems(tagPrefix: string): string[] {
  if (Token.isUnresolved(tagPrefix)) return ['\'tagPrefix\' must be known at synthesis, got a token'];
  if (!isTag(tagPrefix) || tagPrefix.length > MAX_TAG_PREFIX) {
    return [
      `'tagPrefix' must be the beginning of tags, such as in-use-: 1 to ${MAX_TAG_PREFIX} letters, digits, '.', '_', or '-', and neither`
      + ` '.' nor '-' first, got: ${JSON.stringify(tagPrefix)}`,
    ];
  }
  return releasedPrefix(tagPrefix).startsWith(tagPrefix) ? [
    `'tagPrefix' must not be the beginning of ${releasedPrefix(tagPrefix)}, with which the tags of released images begin, got:`
    + ` ${tagPrefix}`,
  ] : [];
}

interface DeclaredShield {
  readonly tagPrefix: string;
  /** Each Region of its account in which the shield tags images or replicas, or the stack if they are known only at deployment. */
  readonly environments: readonly string[];
}

const declaredShields = new DeclaredOnce<DeclaredShield>((one, other) => one.environments.some(each => other.environments.includes(each))
  && tagsOf(one).some(tags => tagsOf(other).some(others => tags.startsWith(others) || others.startsWith(tags))));

function tagsOf({ tagPrefix }: DeclaredShield): string[] {
  return [tagPrefix, releasedPrefix(tagPrefix)];
}

function otherShieldProblems(scope: Construct, { tagPrefix, environments: searched }: ShieldPlan): string[] {
  const { account, node } = Stack.of(scope);
  const environments = searchedRegions(scope, searched)
    .map(region => Token.isUnresolved(account) || Token.isUnresolved(region)
      ? `the account and Region of '${node.path}'` : `${account}/${region}`);
  const other = declaredShields.declare(scope, { tagPrefix, environments });
  return other === undefined ? [] : [
    `'tagPrefix' ${tagPrefix} overlaps with ${other.value.tagPrefix} of the image shield '${other.path}', which also tags images in`
    + ` ${other.value.environments.find(environment => environments.includes(environment))}. Use one shield, or tag prefixes of which`
    + ' neither begins with the other',
  ];
}

const namedRoles = new DeclaredOnce<string>();

/** Roles in other accounts trust the functions of a shield by the name of its stack. */
function otherRoleProblems(scope: Construct, environments: SelectedEnvironments): string[] {
  if (!needsRoleNames(environments)) return [];
  const other = namedRoles.declare(scope, Stack.of(scope).node.path);
  return other === undefined ? [] : [
    `'environments' must not have roles of other accounts, because those of the image shield '${other.path}' trust this stack by its name,`
    + ' for one shield. Declare this shield in another stack',
  ];
}
