import { decodeLocation, encodeLocation } from './location';
import { object, oneOf, optionalNumber, optionalWholeNumber, text, texts, wholeNumber, WireError } from './scalars';
import type { Guards } from '../images/guards';
import type { ImageUser } from '../images/image-user';

type Raw = Readonly<Record<string, unknown>>;

/** Encodes the guards that several handlers use. Guards that are not set are omitted. Values can be CDK tokens and are not changed. */
export function encodeGuards(guards: Guards): Record<string, unknown> {
  const { maxImages, maxPercentage, protectedTags, pushedWithin, pulledWithin, inUseBy, requireTag } = guards;
  return {
    MaxImages: maxImages,
    MaxPercentage: maxPercentage,
    ProtectedTags: protectedTags.length > 0 ? protectedTags : undefined,
    PushedWithin: pushedWithin,
    PulledWithin: pulledWithin,
    InUseBy: inUseBy.length > 0 ? inUseBy.map(encodeImageUser) : undefined,
    RequireTagKey: requireTag?.key,
    RequireTagValue: requireTag?.value,
  };
}

function encodeImageUser(user: ImageUser): Record<string, unknown> {
  const { service } = user;
  if (service === 'listed') return { Service: service, Bucket: user.bucket, KeyPattern: user.keyPattern, MaxAge: user.maxAge };
  const { clusters, newestTaskDefinitions, ...location } = user;
  return { Service: service, Clusters: clusters, NewestTaskDefinitions: newestTaskDefinitions, ...encodeLocation(location) };
}

/** @throws WireError naming the property that does not decode */
export function decodeGuards(raw: Raw): Guards {
  const { RequireTagKey: key, RequireTagValue: value } = raw;
  return {
    maxImages: optionalWholeNumber(raw, 'MaxImages'),
    maxPercentage: optionalNumber(raw, 'MaxPercentage'),
    protectedTags: texts(raw, 'ProtectedTags') ?? [],
    pushedWithin: optionalWholeNumber(raw, 'PushedWithin'),
    pulledWithin: optionalWholeNumber(raw, 'PulledWithin'),
    inUseBy: decodeImageUsers(raw.InUseBy),
    requireTag: (key ?? value) === undefined ? undefined : { key: text(raw, 'RequireTagKey'), value: String(value ?? '') },
  };
}

function decodeImageUsers(value: unknown): ImageUser[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new WireError('InUseBy', 'a list', value);
  return value.map((item: unknown) => {
    const raw = object(item, 'InUseBy');
    const service = oneOf(raw, 'Service', ['ecs', 'lambda', 'listed'] as const);
    if (service === 'listed') {
      return { service, bucket: text(raw, 'Bucket'), keyPattern: text(raw, 'KeyPattern'), maxAge: wholeNumber(raw, 'MaxAge') };
    }
    return {
      service,
      clusters: texts(raw, 'Clusters'),
      newestTaskDefinitions: optionalWholeNumber(raw, 'NewestTaskDefinitions'),
      ...decodeLocation(raw),
    };
  });
}
