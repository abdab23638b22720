import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { userProblems } from './searched-environments';
import { repositoryAccountProblems, SelectedRepositories } from './selected-repositories';
import { distinct, tagStatements } from './shield-permissions';
import { ROLE_NAME } from '../../core/environment';
import type { ImageUser } from '../../core/images/image-user';
import { MAX_ROLE_POLICY_LENGTH, textLength } from '../handler/policy-length';
import { searchStatements } from '../lifecycle/guard-permissions';
import { regionProblems, unlessToken } from '../problems';

/** What a role of another account allows an image shield. */
interface ImageUsePermissions {
  readonly users: readonly ImageUser[];
  readonly regions: readonly string[];
  /** Repositories in which the shield may protect images. @default - none */
  readonly selected?: SelectedRepositories;
}

/** Characters of the policy of a role that are no statements of the search or of the tags. */
const OTHER_LENGTH = 200;

export function useRoleProblems(scope: Construct, permissions: ImageUsePermissions, roleName: string | undefined): string[] {
  const { users, regions, selected } = permissions;
  const problems = [
    ...userProblems(users),
    ...users.flatMap((user, index) => [
      ...user.service !== 'listed' ? [] : [
        `'usedBy[${index}]' must be a service of the account, got ImageUse.listed, which the shield reads with its own role. Remove it`,
      ],
      ...user.clusters === undefined ? []
        : [`'usedBy[${index}]' must not have 'clusters', because the shield searches all clusters of the account. Remove it`],
    ]),
    ...regions.length === 0 ? ['\'regions\' must contain at least one Region, got none'] : [],
    ...regions.flatMap((region, index) => region === '*' ? [] : regionProblems(`regions[${index}]`, region)),
    ...selected === undefined ? [] : repositoryAccountProblems(scope, selected),
    ...unlessToken(roleName, name => ROLE_NAME.test(name) ? []
      : [`'roleName' must have 1 to 64 letters, digits, or characters of _+=,.@-, got: ${JSON.stringify(name)}`]),
  ];
  return problems.length > 0 ? problems : lengthProblems(scope, permissions);
}

function lengthProblems(scope: Construct, permissions: ImageUsePermissions): string[] {
  const statements = imageUseStatements(scope, permissions).map(statement => statement.toStatementJson());
  const length = textLength(Stack.of(scope).resolve(statements)) + OTHER_LENGTH;
  return length <= MAX_ROLE_POLICY_LENGTH ? [] : [
    `'regions' and 'repositories' need a policy of about ${length} characters, but a role can have ${MAX_ROLE_POLICY_LENGTH}. Remove`
    + ' \'regions\', so that the role has permissions in all Regions, or select repositories with RepositorySelection.prefixes or all',
  ];
}

export function imageUseStatements(scope: Construct, { users, regions, selected }: ImageUsePermissions): iam.PolicyStatement[] {
  return [
    ...distinct(scope, users.flatMap(user => searchStatements(scope, user, regions))),
    ...selected === undefined ? [] : tagStatements(scope, selected, regions),
  ];
}
