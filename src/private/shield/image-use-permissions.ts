import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { userProblems } from './searched-environments';
import { SelectedRepositories, selectionProblems } from './selected-repositories';
import { distinct, tagStatements } from './shield-permissions';
import type { ImageUser } from '../../core/images/image-user';
import { searchStatements } from '../lifecycle/guard-permissions';
import { regionProblems } from '../problems';

/** What a role of another account allows an image shield. */
interface ImageUsePermissions {
  readonly users: readonly ImageUser[];
  readonly regions: readonly string[];
  /** Repositories in which the shield may protect images. @default - none */
  readonly selected?: SelectedRepositories;
}

export function useRoleProblems(scope: Construct, { users, regions, selected }: ImageUsePermissions): string[] {
  return [
    ...userProblems(users),
    ...users.flatMap((user, index) => [
      ...user.service === 'listed'
        ? [`'usedBy[${index}]' must be a service of the account, got ImageUse.listed, which the shield reads only in its own account`] : [],
      ...user.clusters === undefined ? []
        : [`'usedBy[${index}]' must not have 'clusters', because the shield searches all clusters of the account. Remove it`],
    ]),
    ...regions.length === 0 ? ['\'regions\' must contain at least one Region, got none'] : [],
    ...regions.filter(region => region !== '*').flatMap((region, index) => regionProblems(`regions[${index}]`, region)),
    ...selected === undefined ? [] : selectionProblems(scope, selected),
  ];
}

export function imageUseStatements(scope: Construct, { users, regions, selected }: ImageUsePermissions): iam.PolicyStatement[] {
  return [
    ...distinct(scope, users.flatMap(user => searchStatements(scope, user, regions))),
    ...selected === undefined ? [] : tagStatements(scope, selected, regions),
  ];
}
