/** Prefix of templates and cache rules for all names that no other prefix selects. */
export const ROOT = 'ROOT';

/**
 * Prefixes as in the newest model of the API, which accepts the separators of repository names and one slash at the end.
 * https://docs.aws.amazon.com/cli/latest/reference/ecr/create-pull-through-cache-rule.html
 * https://docs.aws.amazon.com/cli/latest/reference/ecr/create-repository-creation-template.html
 */
const PREFIX = /^(?:[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*\/?|ROOT)$/;

export interface PrefixLengths {
  readonly min: number;
  readonly max: number;
}

export const TEMPLATE_PREFIX: PrefixLengths = { min: 1, max: 256 };
export const CACHE_PREFIX: PrefixLengths = { min: 2, max: 30 };

export function registryPrefixProblems(prefix: string, { min, max }: PrefixLengths, property = 'prefix'): string[] {
  const { length } = withoutSlash(prefix);
  return PREFIX.test(prefix) && length >= min && length <= max ? [] : [
    `'${property}' must be the beginning of repository names, such as team/cache, of ${min} to ${max} characters, or ROOT, got:`
      + ` ${JSON.stringify(prefix)}`,
  ];
}

/** Returns the prefix as it is written in requests. Amazon ECR assumes a slash at its end. */
export function withoutSlash(prefix: string): string {
  return prefix.replace(/\/$/, '');
}

/** Returns the beginning that the names of the selected repositories have in common, with its slash. Empty for ROOT. */
export function namesUnder(prefix: string): string {
  return prefix === ROOT ? '' : `${withoutSlash(prefix)}/`;
}
