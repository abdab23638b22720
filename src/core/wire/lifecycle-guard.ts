import { decodeGuards, encodeGuards } from './guards';
import { object, oneOf, optionalText, text, WireError } from './scalars';
import type { Guard } from '../lifecycle/guard';

/**
 * Between `src/private` and `lambda/lifecycle-guard`: a check before CloudFormation gives a repository of the same stack another lifecycle
 * policy. The native resource depends on it, so it knows the repository by its logical id and never by Ref.
 */
export const LIFECYCLE_GUARD_RESOURCE_TYPE = 'Custom::EcrLifecycleGuard';
export const LIFECYCLE_GUARD_HANDLER = 'lifecycle-guard';

export const GUARD_ATTRIBUTES = { expiring: 'ExpiringImageCount', archiving: 'ArchivingImageCount', findings: 'Findings' } as const;

/** Encryption that the template leaves open until it is deployed. */
export const UNKNOWN_ENCRYPTION = 'unknown';

export interface LifecycleGuardProperties {
  readonly repositoryLogicalId: string;
  readonly policyText: string;
  readonly guard: Guard;
  /** What the template declares; where the live repository differs, CloudFormation replaces it and the new one is empty. */
  readonly declaredName?: string;
  readonly declaredEncryption?: string;
  readonly declaredKey?: string;
  /**
   * CloudFormation writes the policy anew at every update of the repository, also where somebody changed it by hand; so each must call the
   * guard.
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

/** The guard of a lifecycle policy, which the handlers of owned and of imported repositories take. */
export function encodeGuard(guard: Guard | undefined): Record<string, unknown> | undefined {
  return guard && { Mode: guard.mode, ...encodeGuards(guard) };
}

/** @throws WireError naming the property that does not decode */
export function decodeGuard(raw: Readonly<Record<string, unknown>>, property: string): Guard | undefined {
  if (raw[property] === undefined) return undefined;
  const guard = object(raw[property], property);
  return { mode: oneOf(guard, 'Mode', ['refuse', 'warn']), ...decodeGuards(guard) };
}
