import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { IMAGE_SHIELD_COLLECT_FUNCTION, IMAGE_SHIELD_PROTECT_FUNCTION, IMAGE_SHIELD_REPORT_FUNCTION } from './descriptors';
import { accessOf, needsRoleNames, searchedOwnRegions, SelectedEnvironments } from './searched-environments';
import { allowRoles, allowSearch, allowTagging, eventStatements, ShieldReach } from './shield-permissions';
import type { ImageUser } from '../../core/images/image-user';
import { LAST_SUCCESS_KEY, STATE_PREFIX } from '../../core/shield/keys';
import { deployRoleFirst } from '../access/account-access';
import { createFunction, FunctionDescriptor } from '../handler/bundled-function';
import { nameFunctionRole } from '../handler/role-name';

/** Keys of the bucket, in which each function may read or write only a part. */
const RUNS = 'runs/*';
const STATES = `${STATE_PREFIX}*`;
const CONTROLS = 'control/*';

export interface ShieldFunctions {
  readonly collect: lambda.Function;
  readonly protect: lambda.Function;
  readonly report: lambda.Function;
  /** Policies that must exist before the functions run. */
  readonly permissions: readonly iam.Policy[];
}

interface ShieldScope {
  readonly bucket: s3.IBucket;
  readonly users: readonly ImageUser[];
  readonly environments: SelectedEnvironments;
  readonly reach: ShieldReach;
}

/** Creates the functions of a shield, each with a role that has only the permissions for its work. */
export function createShieldFunctions(scope: Construct, shield: ShieldScope): ShieldFunctions {
  const add = (id: string, descriptor: FunctionDescriptor, timeout: Duration) => {
    const bundled = createFunction(new Construct(scope, id), descriptor, { timeout });
    if (needsRoleNames(shield.environments)) nameFunctionRole(bundled.role, descriptor.handler);
    // CloudFormation removes the permissions before it empties the bucket, so that a function that still runs writes no more objects
    bundled.policy.node.addDependency(shield.bucket);
    return bundled;
  };
  const collect = add('Collect', IMAGE_SHIELD_COLLECT_FUNCTION, Duration.minutes(15));
  const protect = add('Protect', IMAGE_SHIELD_PROTECT_FUNCTION, Duration.minutes(15));
  const report = add('Report', IMAGE_SHIELD_REPORT_FUNCTION, Duration.minutes(5));
  allowSearch(collect, shield.users, searchedOwnRegions(scope, shield.environments));
  collect.policy.addStatements(
    onObjects(shield.bucket, ['s3:PutObject'], [RUNS, STATES]),
    listBucket(shield.bucket),
  );
  allowRoles(collect, shield.reach.roleArns);
  protect.policy.addStatements(
    ...eventStatements(scope, shield.users),
    onObjects(shield.bucket, ['s3:GetObject'], [RUNS, STATES, CONTROLS]),
    onObjects(shield.bucket, ['s3:PutObject'], [RUNS, STATES]),
    listBucket(shield.bucket),
  );
  allowTagging(protect, shield.reach);
  allowRoles(protect, shield.reach.roleArns);
  report.policy.addStatements(
    onObjects(shield.bucket, ['s3:GetObject'], [RUNS, CONTROLS]),
    onObjects(shield.bucket, ['s3:PutObject'], [RUNS, STATES, LAST_SUCCESS_KEY]),
    listBucket(shield.bucket),
    putEvents(scope),
    ...listAccounts(shield.environments),
  );
  for (const access of accessOf(shield.environments)) deployRoleFirst(scope, access);
  return {
    collect: collect.function,
    protect: protect.function,
    report: report.function,
    permissions: [collect, protect, report].map(({ policy }) => policy),
  };
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

/** In another account, the role that lists the accounts allows it. */
function listAccounts({ organization }: SelectedEnvironments): iam.PolicyStatement[] {
  if (organization === undefined) return [];
  return [organization.access === undefined ? new iam.PolicyStatement({ actions: ['organizations:ListAccounts'], resources: ['*'] })
    : new iam.PolicyStatement({ actions: ['sts:AssumeRole'], resources: [organization.access.roleArn] })];
}
