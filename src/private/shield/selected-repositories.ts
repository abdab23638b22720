import { Stack, Token } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { IConstruct } from 'constructs';
import { repositoryNameProblems } from '../../core/repository-name';
import { isSelected, Selection } from '../../core/shield/selection';
import { nativeRepository } from '../repository/native-repository';
import { isKnownToDiffer } from '../repository/unowned-repository';

/** Repositories that a user selects for an image shield, in the account and Region of its stack. */
export interface SelectedRepositories {
  readonly all?: boolean;
  readonly prefixes?: readonly string[];
  readonly repositories?: readonly aws_ecr.IRepositoryRef[];
}

export function selectionOf({ all, prefixes, repositories }: SelectedRepositories): Selection {
  return { all, prefixes, names: repositories?.map(({ repositoryRef }) => repositoryRef.repositoryName) };
}

/** Returns the problems of prefixes of repository names. */
export function prefixProblems(prefixes: readonly string[]): string[] {
  if (prefixes.length === 0) return ['\'prefixes\' must contain at least one prefix, got none. To select every repository, use all()'];
  return prefixes.flatMap((prefix, index) => {
    const name = `'prefixes[${index}]'`;
    if (Token.isUnresolved(prefix)) return [`${name} must be known at synthesis, got a token`];
    // some beginnings, such as team/ and team-, are no names themselves
    if (repositoryNameProblems(`${prefix}a`).length > 0 || prefix === '') {
      return [`${name} must be the beginning of repository names, such as team/, got: ${JSON.stringify(prefix)}`];
    }
    const other = prefixes.find((each, at) => at !== index && prefix.startsWith(each) && (each !== prefix || at < index));
    return other === undefined ? [] : [`${name} ${prefix} is covered by the prefix ${other}. Remove it`];
  });
}

/** Returns why a shield of this stack cannot write to listed repositories. */
export function selectionProblems(scope: IConstruct, { repositories = [] }: SelectedRepositories): string[] {
  const { account, region } = Stack.of(scope);
  return repositories.flatMap((repository, index) => {
    const { env, repositoryRef: { repositoryName } } = repository;
    const isElsewhere = isKnownToDiffer(env.account, account) || isKnownToDiffer(env.region, region);
    return isElsewhere ? [
      `'repositories' contains a repository of another account or Region (repositories[${index}], ${nameInMessage(repositoryName)}, in`
      + ` ${env.account}/${env.region}), but the stack is in ${account}/${region}. Declare an ImageShield for it in a stack of that account`
      + ' and Region',
    ] : [];
  });
}

/** Returns why a role in the account of this stack cannot allow a shield to write to listed repositories. */
export function repositoryAccountProblems(scope: IConstruct, { repositories = [] }: SelectedRepositories): string[] {
  const { account } = Stack.of(scope);
  return repositories.flatMap((repository, index) => {
    const { env, repositoryRef: { repositoryName } } = repository;
    return isKnownToDiffer(env.account, account) ? [
      `'repositories' contains a repository of another account (repositories[${index}], ${nameInMessage(repositoryName)}, in account`
      + ` ${env.account}), but the role is in account ${account}. Declare an ImageUseRole for it in a stack of that account`,
    ] : [];
  });
}

export function nameInMessage(repositoryName: string): string {
  return Token.isUnresolved(repositoryName) ? 'whose name is known only at deployment' : repositoryName;
}

/** Whether a shield selects a repository that the app declares. A generated name is selected only if the repository is listed. */
export function selectsNative(scope: IConstruct, selected: SelectedRepositories, native: ecr.CfnRepository): boolean {
  const stack = Stack.of(scope);
  if (native.stack.account !== stack.account || native.stack.region !== stack.region) return false;
  if (selected.repositories?.some(repository => nativeRepository(repository) === native)) return true;
  const { repositoryName } = native;
  if (repositoryName === undefined || Token.isUnresolved(repositoryName)) return selected.all === true;
  return isSelected(selectionOf(selected), repositoryName);
}

/** Returns the ARNs of the selected repositories, and of their replicas in other Regions, for a policy. */
export function selectedArns(
  scope: IConstruct, { all, prefixes = [], repositories = [] }: SelectedRepositories, regions: readonly string[],
): string[] {
  const stack = Stack.of(scope);
  return [...new Set(regions.flatMap(region => {
    const arn = (resourceName: string) => stack.formatArn({ service: 'ecr', region, resource: 'repository', resourceName });
    return [
      ...all ? [arn('*')] : [],
      ...prefixes.map(prefix => arn(`${prefix}*`)),
      ...repositories.map(({ repositoryRef: { repositoryName, repositoryArn } }) =>
        Token.isUnresolved(repositoryName) && region === stack.region ? repositoryArn : arn(repositoryName)),
    ];
  }))];
}
