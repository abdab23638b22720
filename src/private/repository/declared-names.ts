import { Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { allNatives } from './native-repository';
import { isKnownToDiffer } from './unowned-repository';

/** Returns the names under a prefix of all repositories that the app declares, or may declare, in the account of the stack. */
export function findDeclaredNames(scope: Construct, prefix: string): string[] {
  const { account } = Stack.of(scope);
  return allNatives(scope)
    .filter(native => !isKnownToDiffer(Stack.of(native).account, account))
    .flatMap(({ repositoryName }) => repositoryName === undefined || Token.isUnresolved(repositoryName) ? [] : [repositoryName])
    .filter(repositoryName => repositoryName.startsWith(prefix))
    .sort();
}
