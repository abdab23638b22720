import { Duration, Fn, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { IMAGE_SHIELD_COLLECT_FUNCTION, IMAGE_SHIELD_PROTECT_FUNCTION, IMAGE_SHIELD_REPORT_FUNCTION } from './descriptors';
import { selectedArns, SelectedRepositories } from './selected-repositories';
import type { ImageUser } from '../../core/images/image-user';
import { LAST_SUCCESS_KEY, STATE_PREFIX } from '../../core/shield/keys';
import { BundledFunction, createFunction, FunctionDescriptor } from '../handler/bundled-function';
import { textLength } from '../handler/policy-length';
import { clusterReference, searchStatements } from '../lifecycle/guard-permissions';

/** Keys of the bucket, in which each function may read or write only a part. */
const RUNS = 'runs/*';
const STATES = `${STATE_PREFIX}*`;
const CONTROLS = 'control/*';

/**
 * Maximum length of a managed policy, and of the ARNs in the inline policy. Longer lists of ARNs are in managed policies, of which a role
 * has at most 10. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const MAX_POLICY_LENGTH = 6_144;
const MAX_MANAGED_POLICIES = 10;
/** Length of a statement without its ARNs, and of an ARN with a name that is known only at deployment. */
const STATEMENT_LENGTH = 300;
const UNKNOWN_ARN_LENGTH = 140;

/** To move a tag, Amazon ECR reads the manifest of the image and puts it again. */
const PROTECT_ACTIONS = ['ecr:DescribeImages', 'ecr:BatchGetImage', 'ecr:PutImage', 'ecr:BatchDeleteImage', 'ecr:GetLifecyclePolicy'];

export interface ShieldFunctions {
  readonly collect: lambda.Function;
  readonly protect: lambda.Function;
  readonly report: lambda.Function;
  /** Policies that must exist before the functions run. */
  readonly permissions: readonly iam.Policy[];
}

interface ShieldScope {
  readonly bucket: s3.IBucket;
  readonly selected: SelectedRepositories;
  readonly users: readonly ImageUser[];
}

/** Creates the functions of a shield, each with a role that has only the permissions for its work. */
export function createShieldFunctions(scope: Construct, shield: ShieldScope): ShieldFunctions {
  const add = (id: string, descriptor: FunctionDescriptor, timeout: Duration) => {
    const bundled = createFunction(new Construct(scope, id), descriptor, { timeout });
    // CloudFormation removes the permissions before it empties the bucket, so that a function that still runs writes no more objects
    bundled.policy.node.addDependency(shield.bucket);
    return bundled;
  };
  const collect = add('Collect', IMAGE_SHIELD_COLLECT_FUNCTION, Duration.minutes(15));
  const protect = add('Protect', IMAGE_SHIELD_PROTECT_FUNCTION, Duration.minutes(15));
  const report = add('Report', IMAGE_SHIELD_REPORT_FUNCTION, Duration.minutes(5));
  collect.policy.addStatements(
    ...distinct(scope, shield.users.flatMap(user => searchStatements(scope, user, [Stack.of(scope).region]))),
    onObjects(shield.bucket, ['s3:PutObject'], [RUNS, STATES]),
  );
  protect.policy.addStatements(
    ...eventStatements(scope, shield.users),
    onObjects(shield.bucket, ['s3:GetObject'], [RUNS, STATES, CONTROLS]),
    onObjects(shield.bucket, ['s3:PutObject'], [RUNS, STATES]),
    listBucket(shield.bucket),
  );
  allowOnSelected(protect, shield.selected);
  report.policy.addStatements(
    onObjects(shield.bucket, ['s3:GetObject'], [RUNS, CONTROLS]),
    onObjects(shield.bucket, ['s3:PutObject'], [RUNS, LAST_SUCCESS_KEY]),
    listBucket(shield.bucket),
    putEvents(scope),
  );
  return {
    collect: collect.function,
    protect: protect.function,
    report: report.function,
    permissions: [collect, protect, report].map(({ policy }) => policy),
  };
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

/** What an event of a deployment does not say: the task definition of the service, and the digests that its revision has pinned. */
function eventStatements(scope: Construct, users: readonly ImageUser[]): iam.PolicyStatement[] {
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

/** Without the permission to list, Amazon S3 says of an object that does not exist that the access is denied. */
function listBucket(bucket: s3.IBucket): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] });
}

function onObjects(bucket: s3.IBucket, actions: string[], keys: readonly string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions, resources: keys.map(key => bucket.arnForObjects(key)) });
}

function putEvents(scope: Construct): iam.PolicyStatement {
  const bus = Stack.of(scope).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
  return new iam.PolicyStatement({ actions: ['events:PutEvents'], resources: [bus] });
}

function allowOnSelected({ policy, role }: BundledFunction, selected: SelectedRepositories): void {
  const repositories = Stack.of(role).formatArn({ service: 'ecr', resource: 'repository', resourceName: '*' });
  policy.addStatements(new iam.PolicyStatement({ actions: ['ecr:DescribeRepositories'], resources: [repositories] }));
  const statements = arnGroups(role, selected).map(resources => new iam.PolicyStatement({ actions: PROTECT_ACTIONS, resources }));
  if (statements.length === 1) return policy.addStatements(...statements);
  statements.forEach((statement, index) => role.addManagedPolicy(
    new iam.ManagedPolicy(role.node.scope!, `RepositoriesPolicy${index + 1}`, { statements: [statement] }),
  ));
}

/** Returns why the ARNs of the selected repositories do not fit into the policies of a role. */
export function arnProblems(scope: Construct, selected: SelectedRepositories): string[] {
  return arnGroups(scope, selected).length <= MAX_MANAGED_POLICIES ? [] : [
    `'repositories' lists ${selected.repositories?.length} repositories, whose names are too long for the ${MAX_MANAGED_POLICIES} policies`
    + ' of one role. Select them with RepositorySelection.prefixes or RepositorySelection.all',
  ];
}

/** Returns the ARNs of the selected repositories, in groups that each fit into a policy. */
function arnGroups(scope: Construct, selected: SelectedRepositories): string[][] {
  const stack = Stack.of(scope);
  const groups: string[][] = [];
  let length = MAX_POLICY_LENGTH;
  for (const arn of selectedArns(scope, selected)) {
    const arnLength = textLength(stack.resolve(arn), UNKNOWN_ARN_LENGTH) + 1;
    length += arnLength;
    if (length > MAX_POLICY_LENGTH) {
      groups.push([]);
      length = STATEMENT_LENGTH + arnLength;
    }
    groups[groups.length - 1].push(arn);
  }
  return groups;
}

/** Several sources of one service need equal statements. */
function distinct(scope: Construct, statements: readonly iam.PolicyStatement[]): iam.PolicyStatement[] {
  const stack = Stack.of(scope);
  return [...new Map(statements.map(statement => [JSON.stringify(stack.resolve(statement.toStatementJson())), statement])).values()];
}
