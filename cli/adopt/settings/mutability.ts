import { hasIntrinsics } from '../../../src/core/intrinsics';
import { isJsonObject, JsonObject } from '../../../src/core/json';
import { Finding, findingsAbout } from '../finding';
import type { LiveRepository } from '../live-repository';
import { Code, expression } from '../typescript';

type Mutability = Pick<LiveRepository, 'mutability' | 'exclusionFilters'>;

const finding = findingsAbout('mutability');

/**
 * UNCERTAIN: without the property, CloudFormation's handler may not change the setting. Therefore, the default of ECR counts as declared.
 */
export function compareMutability(declared: JsonObject, live: LiveRepository): Finding[] {
  const { ImageTagMutability: setting = 'MUTABLE', ImageTagMutabilityExclusionFilters: filters = [] } = declared;
  const current = describe(live);
  const remedy = { code: codeOf(live) };
  if (hasIntrinsics([setting, filters])) {
    return [finding('UNKNOWN', `the tag mutability is ${current}, and the declared value is unknown until deployment`, remedy)];
  }
  const exclusionFilters = (Array.isArray(filters) ? filters : []).filter(isJsonObject)
    .map(({ ImageTagMutabilityExclusionFilterValue: value }) => String(value));
  const target = describe({ mutability: String(setting), exclusionFilters });
  return target === current ? [] : [finding('OVERWRITTEN', `the tag mutability would change from ${current} to ${target}`, remedy)];
}

function describe({ mutability, exclusionFilters }: Mutability): string {
  return exclusionFilters.length === 0 ? mutability : `${mutability} (${[...new Set(exclusionFilters)].sort().join(', ')})`;
}

function codeOf({ mutability, exclusionFilters }: Mutability): Code {
  const filters = exclusionFilters.map(filter => `ecr.ImageTagMutabilityExclusionFilter.wildcard(${expression(filter)})`);
  return {
    imports: ['ecr'],
    properties: [
      `imageTagMutability: ecr.TagMutability.${mutability}`,
      ...filters.length === 0 ? [] : [`imageTagMutabilityExclusionFilters: [${filters.join(', ')}]`],
    ],
  };
}
