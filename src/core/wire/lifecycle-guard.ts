import { decodeGuards, encodeGuards } from './guards';
import { object, oneOf, optionalText, text, WireError } from './scalars';
import type { Guard } from '../lifecycle/guard';

/**
 * Contract between `src/private` and `lambda/lifecycle-guard`: a check before CloudFormation changes the lifecycle policy of a repository
 * of the same stack. The native resource depends on the check, so the check gets the logical id of the repository and never a Ref.
 */
export const LIFECYCLE_GUARD_RESOURCE_TYPE = 'Custom::EcrLifecycleGuard';
export const LIFECYCLE_GUARD_HANDLER = 'lifecycle-guard';

export const GUARD_ATTRIBUTES = { expiring: 'ExpiringImageCount', archiving: 'ArchivingImageCount', findings: 'Findings' } as const;

/** Encryption that is known only at deployment. */
export const UNKNOWN_ENCRYPTION = 'unknown';

export interface LifecycleGuardProperties {
  readonly repositoryLogicalId: string;
  readonly policyText: string;
  readonly guard: Guard;
  /** Settings in the template. If the live repository differs, CloudFormation replaces it with an empty repository. */
  readonly declaredName?: string;
  readonly declaredEncryption?: string;
  readonly declaredKey?: string;
  /**
   * Value that changes with every update of the repository. CloudFormation overwrites the policy at every update, even if somebody changed
   * it by hand, so each update must call the guard.
   */
  readonly fingerprint?: string;
}

export function encodeLifecycleGuard(properties: LifecycleGuardProperties): Record<string, unknown> {
  return {
    RepositoryLogicalId: properties.repositoryLogicalId,
    PolicyText: properties.policyText,
    Guard: encodeGuard(properties.guard),
    DeclaredName: properties.declaredName,
    DeclaredEncryption: properties.declaredEncryption,
    DeclaredKey: properties.declaredKey,
    Fingerprint: properties.fingerprint,
  };
}

/** @throws WireError naming the property that does not decode */
export function decodeLifecycleGuard(raw: Readonly<Record<string, unknown>>): LifecycleGuardProperties {
  const guard = decodeGuard(raw, 'Guard');
  if (!guard) throw new WireError('Guard', 'an object', raw.Guard);
  return {
    repositoryLogicalId: text(raw, 'RepositoryLogicalId'),
    policyText: text(raw, 'PolicyText'),
    guard,
    declaredName: optionalText(raw, 'DeclaredName'),
    declaredEncryption: optionalText(raw, 'DeclaredEncryption'),
    declaredKey: optionalText(raw, 'DeclaredKey'),
    fingerprint: optionalText(raw, 'Fingerprint'),
  };
}

/** Encodes the guard of a lifecycle policy for the handlers of owned and of imported repositories. */
export function encodeGuard(guard: Guard | undefined): Record<string, unknown> | undefined {
  return guard && { Mode: guard.mode, ...encodeGuards(guard) };
}

/** @throws WireError naming the property that does not decode */
export function decodeGuard(raw: Readonly<Record<string, unknown>>, property: string): Guard | undefined {
  if (raw[property] === undefined) return undefined;
  const guard = object(raw[property], property);
  return { mode: oneOf(guard, 'Mode', ['refuse', 'warn']), ...decodeGuards(guard) };
}
