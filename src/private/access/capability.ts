import * as kms from 'aws-cdk-lib/aws-kms';
import type { Guard } from '../../core/lifecycle/guard';
import { RemovalPlan } from '../teardown/teardown-plan';

/** Value of a `RepositoryCapability`, without the public class. */
export type Capability =
  | { readonly kind: 'pull' | 'push' | 'deleteImages' | 'scan' | 'statements' | 'readRegistryPolicy' }
  | { readonly kind: 'lifecycle'; readonly guard?: Guard }
  | { readonly kind: 'teardown'; readonly plan: RemovalPlan; readonly encryptionKeys: readonly kms.IKey[] };

/** Returns the name of a capability in messages, which is the call of its factory. */
export function factoryOf({ kind }: Capability): string {
  return `RepositoryCapability.${kind}()`;
}

/** Whether the capability is for the repositories of the role. The others are for the registry. */
export function isForRepositories({ kind }: Capability): boolean {
  return kind !== 'readRegistryPolicy';
}

export function capabilityProblems(capabilities: readonly Capability[]): string[] {
  const factories = capabilities.map(factoryOf);
  const repeated = factories.filter((factory, index) => factories.indexOf(factory) < index);
  const has = (kind: Capability['kind']) => capabilities.some(capability => capability.kind === kind);
  return [
    ...capabilities.length === 0
      ? ['\'capabilities\' must have at least one capability, got none. A role without capabilities allows nothing'] : [],
    ...[...new Set(repeated)].map(factory => `'capabilities' must have each capability once, got ${factory} more than once`),
    ...has('deleteImages') && !has('push') ? [
      '\'capabilities\' must include RepositoryCapability.push() together with RepositoryCapability.deleteImages(), because only ImageCopy'
        + ' and ImageTags delete images',
    ] : [],
  ];
}
