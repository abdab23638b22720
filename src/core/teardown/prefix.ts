/** Default for repositories that pull-through cache rules, replication, or creation templates create. */
export const DEFAULT_MAX_REPOSITORIES = 50;

/** One or more segments of a repository name, as in src/core/repository-name.ts, each with its slash. */
const PREFIX = /^(?:[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*\/)+$/;

/** ROOT is the prefix of templates and cache rules for all names. A teardown never applies to all repositories of a registry. */
export function prefixProblems(prefix: string, property = 'prefix'): string[] {
  if (/^root\/?$/i.test(prefix)) return [`'${property}' must not be ROOT, which stands for every repository of the registry`];
  return PREFIX.test(prefix) && prefix.length <= 256 ? [] : [
    `'${property}' must be the beginning of repository names and end in '/', such as team/cache/, at most 256 characters, got:`
      + ` ${JSON.stringify(prefix)}`,
  ];
}
