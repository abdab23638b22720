/** Of repositories that pull-through cache, replication or creation templates make. */
export const DEFAULT_MAX_REPOSITORIES = 50;

/** A segment of a repository name, as in src/core/repository-name.ts, any number of them, each with its slash. */
const PREFIX = /^(?:[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*\/)+$/;

/** ROOT is what ECR calls a template or a cache rule for every name; all repositories of a registry are never torn down. */
export function prefixProblems(prefix: string, property = 'prefix'): string[] {
  if (/^root\/?$/i.test(prefix)) return [`'${property}' must not be ROOT, which stands for every repository of the registry`];
  return PREFIX.test(prefix) && prefix.length <= 256 ? [] : [
    `'${property}' must be the beginning of repository names and end in '/', such as team/cache/, at most 256 characters, got:`
      + ` ${JSON.stringify(prefix)}`,
  ];
}
