import type { PrefixTeardownProperties } from '../../src/core/wire/prefix-teardown';
import { guardOptions } from '../shared/teardown/command';

/** Returns a command for a teardown that takes longer than a function can run; undefined if the command line cannot do the same. */
export function prefixCommand(
  { prefix, regions, guards, audit, maxRepositories, excluded }: PrefixTeardownProperties, repositories = maxRepositories,
): string | undefined {
  const options = guardOptions(guards, audit);
  if (options === undefined || excluded.length > 0) return undefined;
  return `npx cdk-ecr-keeper teardown --prefix ${prefix} ${regions.map(region => `--region ${region}`).join(' ')} --max-repositories`
    + ` ${repositories} ${options}`;
}
