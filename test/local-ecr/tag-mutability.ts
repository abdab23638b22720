/** The tag mutability of a request. Behavior and sources: README.md. */
import { invalidParameter } from './aws-error';
import { list, oneOf, required, requiredText } from './constraints';
import type { Input } from './local-service';
import type { Repository, TagMutability } from './repository';

const MODES = ['MUTABLE', 'IMMUTABLE', 'MUTABLE_WITH_EXCLUSION', 'IMMUTABLE_WITH_EXCLUSION'] as const;

export function readMutability(input: Input, otherwise: TagMutability): Pick<Repository, 'mutability' | 'exclusionFilters'> {
  const at = 'imageTagMutabilityExclusionFilters';
  const mutability = oneOf('imageTagMutability', input.imageTagMutability, MODES) ?? otherwise;
  const filters = list<{ filterType?: unknown; filter?: unknown }>(at, input[at], 1, 5) ?? [];
  if (mutability.endsWith('_WITH_EXCLUSION') !== filters.length > 0) {
    throw invalidParameter(at, 'exclusion filters belong to MUTABLE_WITH_EXCLUSION and IMMUTABLE_WITH_EXCLUSION, and to no other setting');
  }
  return {
    mutability,
    exclusionFilters: filters.map(({ filterType, filter }) => {
      required(`${at}.filterType`, oneOf(`${at}.filterType`, filterType, ['WILDCARD']));
      return requiredText(`${at}.filter`, filter, { min: 1, max: 128, pattern: '[0-9a-zA-Z._*-]{1,128}' });
    }),
  };
}
