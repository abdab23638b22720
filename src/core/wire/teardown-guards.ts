import { decodeImageUsers, encodeImageUsers } from './lifecycle-guard-options';
import { optionalNumber, optionalText, optionalWholeNumber } from './scalars';
import type { TeardownGuards } from '../teardown/guards';

type Raw = Readonly<Record<string, unknown>>;

/** The guards of a teardown, which more than one handler is told: flat, and without what is not set. */
export function encodeTeardownGuards({ maxImages, requireTag, pulledWithin, inUseBy }: TeardownGuards): Record<string, unknown> {
  return {
    MaxImages: maxImages,
    RequireTagKey: requireTag?.key,
    RequireTagValue: requireTag?.value,
    PulledWithin: pulledWithin,
    InUseBy: encodeImageUsers(inUseBy),
  };
}

/** @throws WireError naming the property that does not decode */
export function decodeTeardownGuards(raw: Raw): TeardownGuards {
  const key = optionalText(raw, 'RequireTagKey');
  return {
    maxImages: optionalWholeNumber(raw, 'MaxImages'),
    requireTag: key === undefined ? undefined : { key, value: String(raw.RequireTagValue ?? '') },
    pulledWithin: optionalNumber(raw, 'PulledWithin'),
    inUseBy: decodeImageUsers(raw.InUseBy),
  };
}
