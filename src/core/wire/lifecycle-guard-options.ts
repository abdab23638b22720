import { oneOf, optionalNumber, optionalText, texts, WireError } from './scalars';
import type { Guard, ImageUser } from '../lifecycle/guard';

type Raw = Readonly<Record<string, unknown>>;

/** A guard, which more than one handler is told: nested, and without what is not set. */
export function encodeGuard(guard: Guard | undefined): Record<string, unknown> | undefined {
  return guard && {
    Mode: guard.mode,
    MaxImages: guard.maxImages,
    MaxPercentage: guard.maxPercentage,
    ProtectedTags: guard.protectedTags.length > 0 ? guard.protectedTags : undefined,
    PushedWithin: guard.pushedWithin,
    PulledWithin: guard.pulledWithin,
    InUseBy: encodeImageUsers(guard.inUseBy),
  };
}

export function encodeImageUsers(users: readonly ImageUser[]): unknown[] | undefined {
  return users.length === 0 ? undefined : users.map(({ service, clusters, region, role }) => ({
    Service: service,
    Clusters: clusters,
    Region: region,
    RoleArn: role?.roleArn,
    ExternalId: role?.externalId,
  }));
}

/** @throws WireError naming the property that does not decode */
export function decodeGuard(raw: Raw, property: string): Guard | undefined {
  const value = raw[property];
  if (value === undefined) return undefined;
  const guard = object(value, property);
  return {
    mode: oneOf(guard, 'Mode', ['refuse', 'warn']),
    maxImages: optionalNumber(guard, 'MaxImages'),
    maxPercentage: optionalNumber(guard, 'MaxPercentage'),
    protectedTags: texts(guard, 'ProtectedTags') ?? [],
    pushedWithin: optionalNumber(guard, 'PushedWithin'),
    pulledWithin: optionalNumber(guard, 'PulledWithin'),
    inUseBy: decodeImageUsers(guard.InUseBy),
  };
}

/** @throws WireError naming the property that does not decode */
export function decodeImageUsers(value: unknown): ImageUser[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new WireError('InUseBy', 'a list', value);
  return value.map((item: unknown) => {
    const raw = object(item, 'InUseBy');
    const roleArn = optionalText(raw, 'RoleArn');
    return {
      service: oneOf(raw, 'Service', ['ecs', 'lambda'] as const),
      clusters: texts(raw, 'Clusters'),
      region: optionalText(raw, 'Region'),
      role: roleArn === undefined ? undefined : { roleArn, externalId: optionalText(raw, 'ExternalId') },
    };
  });
}

function object(value: unknown, property: string): Raw {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new WireError(property, 'an object', value);
  return value as Raw;
}
