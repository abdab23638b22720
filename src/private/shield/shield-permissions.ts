import { Fn, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { selectedArns, SelectedRepositories } from './selected-repositories';
import type { ImageUser } from '../../core/images/image-user';
import type { BundledFunction } from '../handler/bundled-function';
import { textLength } from '../handler/policy-length';
import { clusterReference, searchStatements } from '../lifecycle/guard-permissions';

/**
 * Maximum length of a managed policy. Longer lists of ARNs are in several managed policies, of which a role has at most 10.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const MAX_POLICY_LENGTH = 6_144;
const MAX_MANAGED_POLICIES = 10;
/** Longest lists in the inline policy, which has at most 10,240 characters with all other statements. */
const MAX_INLINE_ROLES = 2_000;
const MAX_INLINE_REPOSITORIES = 4_500;
/** Number of Regions whose services one policy allows to search, with about 430 characters for each. */
const REGIONS_PER_POLICY = 10;
/** Length of a statement without its ARNs, and of an ARN with a name that is known only at deployment. */
const STATEMENT_LENGTH = 300;
const UNKNOWN_ARN_LENGTH = 140;

/** To move a tag, Amazon ECR reads the manifest of the image and puts it again. */
const PROTECT_ACTIONS = ['ecr:DescribeImages', 'ecr:BatchGetImage', 'ecr:PutImage', 'ecr:BatchDeleteImage', 'ecr:GetLifecyclePolicy'];

/** Allows searching the account of the stack. Many Regions are in several policies. */
export function allowSearch({ policy, role }: BundledFunction, users: readonly ImageUser[], regions: readonly string[]): void {
  const statementsFor = (some: readonly ImageUser[], from: number) => distinct(role,
    some.flatMap(user => searchStatements(role, user, regions.slice(from, from + REGIONS_PER_POLICY))));
  policy.addStatements(...statementsFor(users, 0));
  const services = users.filter(({ service }) => service !== 'listed');
  for (let index = 1; index < searchPolicies(regions); index++) {
    role.addManagedPolicy(new iam.ManagedPolicy(role.node.scope!, `SearchPolicy${index}`, {
      statements: statementsFor(services, index * REGIONS_PER_POLICY),
    }));
  }
}

function searchPolicies(regions: readonly string[]): number {
  return Math.ceil(regions.length / REGIONS_PER_POLICY);
}

/** What an event of a deployment does not say: the task definition of the service, and the digests that its revision has pinned. */
export function eventStatements(scope: Construct, users: readonly ImageUser[]): iam.PolicyStatement[] {
  if (!searchesEcs(users)) return [];
  const stack = Stack.of(scope);
  const names = searchedClusters(scope, users)?.map(({ name }) => `${name}/*`) ?? ['*'];
  const on = (actions: string[], resource: string) => new iam.PolicyStatement({
    actions, resources: names.map(resourceName => stack.formatArn({ service: 'ecs', resource, resourceName })),
  });
  return [
    new iam.PolicyStatement({ actions: ['ecs:DescribeTaskDefinition'], resources: ['*'] }),
    on(['ecs:DescribeServices', 'ecs:DescribeServiceRevisions'], 'service'),
    on(['ecs:DescribeServiceRevisions'], 'service-revision'),
  ];
}

/** Whether workloads of Amazon ECS are searched, whose events protect an image between two runs. */
export function searchesEcs(users: readonly ImageUser[]): boolean {
  return users.some(({ service }) => service === 'ecs');
}

/** Clusters that are searched, each with its ARN and name. Undefined if all clusters are searched. */
export function searchedClusters(
  scope: Construct, users: readonly ImageUser[],
): ReadonlyArray<{ readonly arn: string; readonly name: string }> | undefined {
  const stack = Stack.of(scope);
  const clusters = users.flatMap(user => user.service === 'ecs' ? user.clusters ?? ['*'] : []).map(cluster => {
    const reference = clusterReference(cluster);
    return 'arn' in reference ? { arn: reference.arn, name: nameInArn(reference.arn) }
      : { arn: stack.formatArn({ service: 'ecs', resource: 'cluster', resourceName: reference.name }), name: reference.name };
  });
  return clusters.some(({ name }) => name === '*') ? undefined : clusters;
}

function nameInArn(clusterArn: string): string {
  return Token.isUnresolved(clusterArn) ? Fn.select(1, Fn.split('/', clusterArn)) : clusterArn.split('/')[1];
}

/** Returns the statements for adding and removing tags, in which a list of repositories may be too long for one policy. */
export function tagStatements(scope: Construct, selected: SelectedRepositories, regions: readonly string[]): iam.PolicyStatement[] {
  return [listRepositories(scope, regions), tag(selectedArns(scope, selected, regions))];
}

function listRepositories(scope: Construct, regions: readonly string[]): iam.PolicyStatement {
  const resources = regions.map(region => Stack.of(scope).formatArn({ service: 'ecr', region, resource: 'repository', resourceName: '*' }));
  return new iam.PolicyStatement({ actions: ['ecr:DescribeRepositories'], resources });
}

function tag(resources: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: PROTECT_ACTIONS, resources });
}

function assume(resources: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: ['sts:AssumeRole'], resources });
}

/** Where a shield tags images, and the roles that it assumes. */
export interface ShieldReach {
  readonly selected: SelectedRepositories;
  readonly regions: readonly string[];
  readonly roleArns: readonly string[];
}

/** Allows tagging in the selected repositories. */
export function allowTagging(bundled: BundledFunction, { selected, regions }: ShieldReach): void {
  bundled.policy.addStatements(listRepositories(bundled.role, regions));
  allow(bundled, 'RepositoriesPolicy', repositoryGroups(bundled.role, { selected, regions }), tag);
}

/** Allows assuming the roles in other accounts. */
export function allowRoles(bundled: BundledFunction, roleArns: readonly string[]): void {
  if (roleArns.length > 0) allow(bundled, 'RolesPolicy', roleGroups(bundled.role, roleArns), assume);
}

function allow(
  { policy, role }: BundledFunction, id: string, { inline, managed }: ArnGroups, statementOf: (arns: string[]) => iam.PolicyStatement,
): void {
  if (inline.length > 0) policy.addStatements(statementOf(inline));
  managed.forEach((arns, index) => role.addManagedPolicy(
    new iam.ManagedPolicy(role.node.scope!, `${id}${index + 1}`, { statements: [statementOf(arns)] }),
  ));
}

/** Returns why the ARNs do not fit into the policies of a role. */
export function reachProblems(scope: Construct, reach: ShieldReach): string[] {
  const [repositories, roles] = [repositoryGroups(scope, reach), roleGroups(scope, reach.roleArns)];
  if (repositories.managed.length + roles.managed.length <= MAX_MANAGED_POLICIES) return [];
  return repositories.managed.length >= roles.managed.length ? [
    `'repositories' lists ${reach.selected.repositories?.length} repositories, whose names are too long for the ${MAX_MANAGED_POLICIES}`
    + ' policies of one role. Select them with RepositorySelection.prefixes or RepositorySelection.all',
  ] : [
    `'environments' has ${reach.roleArns.length} roles, whose ARNs are too long for the ${MAX_MANAGED_POLICIES} policies of one role. Use`
    + ' EnvironmentSelection.organization',
  ];
}

function repositoryGroups(scope: Construct, { selected, regions }: Pick<ShieldReach, 'selected' | 'regions'>): ArnGroups {
  return groupsOf(scope, selectedArns(scope, selected, regions), MAX_INLINE_REPOSITORIES);
}

function roleGroups(scope: Construct, roleArns: readonly string[]): ArnGroups {
  return groupsOf(scope, roleArns, MAX_INLINE_ROLES);
}

/** ARNs in the inline policy of a role, or in groups that each fit into a managed policy. */
interface ArnGroups {
  readonly inline: string[];
  readonly managed: readonly string[][];
}

function groupsOf(scope: Construct, arns: readonly string[], maxInline: number): ArnGroups {
  const stack = Stack.of(scope);
  const lengths = arns.map(arn => textLength(stack.resolve(arn), UNKNOWN_ARN_LENGTH) + 1);
  if (lengths.reduce((sum, length) => sum + length, STATEMENT_LENGTH) <= maxInline) return { inline: [...arns], managed: [] };
  const managed: string[][] = [];
  let total = MAX_POLICY_LENGTH;
  arns.forEach((arn, index) => {
    total += lengths[index];
    if (total > MAX_POLICY_LENGTH) {
      managed.push([]);
      total = STATEMENT_LENGTH + lengths[index];
    }
    managed[managed.length - 1].push(arn);
  });
  return { inline: [], managed };
}

/** Returns the statements without repetitions. Several sources of one service need equal statements. */
export function distinct(scope: Construct, statements: readonly iam.PolicyStatement[]): iam.PolicyStatement[] {
  const stack = Stack.of(scope);
  return [...new Map(statements.map(statement => [JSON.stringify(stack.resolve(statement.toStatementJson())), statement])).values()];
}
