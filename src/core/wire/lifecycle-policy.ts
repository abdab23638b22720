import { decodeGuard, encodeGuard } from './lifecycle-guard';
import { decodeLocation, decodeRepositoryArn, encodeLocation, RepositoryLocation } from './location';
import { flag, optionalText, text } from './scalars';
import type { Guard } from '../lifecycle/guard';

/** Contract between `src/private` and `lambda/lifecycle-policy`: the lifecycle policy of a repository that the stack does not own. */
export const LIFECYCLE_POLICY_RESOURCE_TYPE = 'Custom::EcrLifecyclePolicy';
export const LIFECYCLE_POLICY_HANDLER = 'lifecycle-policy';

export interface LifecyclePolicyProperties extends RepositoryLocation {
  readonly repositoryArn: string;
  readonly policyText: string;
  readonly overwrite: boolean;
  /** Policy that replaces it on deletion. Without it, the policy is removed. */
  readonly onDeleteText?: string;
  readonly guard?: Guard;
}

export function encodeLifecyclePolicy(properties: LifecyclePolicyProperties): Record<string, unknown> {
  return {
    RepositoryArn: properties.repositoryArn,
    PolicyText: properties.policyText,
    Overwrite: properties.overwrite,
    OnDeleteText: properties.onDeleteText,
    Guard: encodeGuard(properties.guard),
    ...encodeLocation(properties),
  };
}

/** @throws WireError naming the property that does not decode */
export function decodeLifecyclePolicy(raw: Readonly<Record<string, unknown>>): LifecyclePolicyProperties {
  return {
    repositoryArn: decodeRepositoryArn(raw),
    policyText: text(raw, 'PolicyText'),
    overwrite: flag(raw, 'Overwrite'),
    onDeleteText: optionalText(raw, 'OnDeleteText'),
    guard: decodeGuard(raw, 'Guard'),
    ...decodeLocation(raw),
  };
}
