import { decodeGuards, encodeGuards } from './guards';
import { text, texts, WireError, optionalWholeNumber } from './scalars';
import { decodeAudit, encodeAudit } from './teardown';
import type { RequiredTag } from '../images/guards';
import type { AuditPlan, TeardownGuards } from '../teardown/guards';
import { DEFAULT_MAX_REPOSITORIES, prefixProblems } from '../teardown/prefix';

/** Contract between `src/private` and `lambda/prefix-teardown`. */
export const PREFIX_TEARDOWN_RESOURCE_TYPE = 'Custom::EcrPrefixTeardown';
export const PREFIX_TEARDOWN_HANDLER = 'prefix-teardown';

export interface PrefixTeardownProperties {
  readonly prefix: string;
  /** Regions to search in the account of the stack. */
  readonly regions: readonly string[];
  readonly maxRepositories: number;
  /** Names that other stacks of the app declare. */
  readonly excluded: readonly string[];
  readonly guards: TeardownGuards & { readonly requireTag: RequiredTag };
  readonly audit: AuditPlan;
}

/** Encodes the properties for the template. Values can be CDK tokens and are not changed. */
export function encodePrefixTeardown(
  properties: Omit<PrefixTeardownProperties, 'excluded'> & { readonly excluded: unknown },
): Record<string, unknown> {
  return {
    Prefix: properties.prefix,
    Regions: properties.regions,
    MaxRepositories: properties.maxRepositories,
    Excluded: properties.excluded,
    ...encodeGuards(properties.guards),
    ...encodeAudit(properties.audit),
  };
}

/** @throws WireError naming the property that does not decode */
export function decodePrefixTeardown(raw: Readonly<Record<string, unknown>>): PrefixTeardownProperties {
  const prefix = text(raw, 'Prefix');
  if (prefixProblems(prefix).length > 0) {
    throw new WireError('Prefix', 'the beginning of repository names that ends in \'/\' and is not ROOT', prefix);
  }
  const guards = decodeGuards(raw);
  const { requireTag } = guards;
  if (!requireTag) throw new WireError('RequireTagKey', 'a string', undefined);
  return {
    prefix,
    regions: texts(raw, 'Regions') ?? [],
    maxRepositories: optionalWholeNumber(raw, 'MaxRepositories') ?? DEFAULT_MAX_REPOSITORIES,
    excluded: texts(raw, 'Excluded') ?? [],
    guards: { ...guards, requireTag },
    audit: decodeAudit(raw),
  };
}
