import { decodeGuard, encodeGuard } from './lifecycle-guard';
import { flag, optionalText, optionalWholeNumber, text, texts, WireError } from './scalars';
import type { Guard } from '../lifecycle/guard';
import { prefixProblems } from '../teardown/prefix';

/** Contract between `src/private` and `lambda/prefix-lifecycle`: the lifecycle policy of all repositories under a prefix. */
export const PREFIX_LIFECYCLE_RESOURCE_TYPE = 'Custom::EcrPrefixLifecycle';
export const PREFIX_LIFECYCLE_HANDLER = 'prefix-lifecycle';

/** Default for the repositories that one deployment changes, which take less than the 15 minutes of the function. */
export const MAX_CHANGED_REPOSITORIES = 1_000;

export interface PrefixLifecycleProperties {
  readonly prefix: string;
  readonly policyText: string;
  readonly maxRepositories: number;
  /** Names of repositories that keep the policy that they have. */
  readonly excluded: readonly string[];
  readonly overwrite: boolean;
  readonly guard?: Guard;
  /** Value whose change applies everything again. */
  readonly trigger?: string;
}

/** Encodes the properties for the template. Values can be CDK tokens and are not changed. */
export function encodePrefixLifecycle(
  properties: Omit<PrefixLifecycleProperties, 'excluded'> & { readonly excluded: unknown },
): Record<string, unknown> {
  return {
    Prefix: properties.prefix,
    PolicyText: properties.policyText,
    MaxRepositories: properties.maxRepositories,
    Excluded: properties.excluded,
    Overwrite: properties.overwrite,
    Guard: encodeGuard(properties.guard),
    Trigger: properties.trigger,
  };
}

/** @throws WireError naming the property that does not decode */
export function decodePrefixLifecycle(raw: Readonly<Record<string, unknown>>): PrefixLifecycleProperties {
  const prefix = text(raw, 'Prefix');
  if (prefixProblems(prefix).length > 0) {
    throw new WireError('Prefix', 'the beginning of repository names that ends in \'/\' and is not ROOT', prefix);
  }
  return {
    prefix,
    policyText: text(raw, 'PolicyText'),
    maxRepositories: optionalWholeNumber(raw, 'MaxRepositories') ?? MAX_CHANGED_REPOSITORIES,
    excluded: texts(raw, 'Excluded') ?? [],
    overwrite: flag(raw, 'Overwrite'),
    guard: decodeGuard(raw, 'Guard'),
    trigger: optionalText(raw, 'Trigger'),
  };
}
