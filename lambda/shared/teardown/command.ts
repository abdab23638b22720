import type { ImageUser } from '../../../src/core/images/image-user';
import type { AuditPlan, TeardownGuards } from '../../../src/core/teardown/guards';

/** Names of options without the dashes, and their values; an option without a value is left out. */
export type CommandOptions = ReadonlyArray<readonly [name: string, value: string | number | undefined]>;

/**
 * Returns the guards as options of the command line. The command only lists (`--dry-run`) and writes its audit to a file. A person changes
 * that.
 *
 * @param others options that come first
 * @returns undefined if the command line does not support one of the guards
 */
export function guardOptions(guards: TeardownGuards, { isOn }: AuditPlan, others: CommandOptions = []): string | undefined {
  const { maxImages, protectedTags, pushedWithin, pulledWithin, inUseBy, requireTag } = guards;
  if (inUseBy.some(hasOptions) || requireTag?.key.includes('=')) return undefined;
  const seconds = (value: number | undefined) => value && `${value}s`;
  const options: CommandOptions = [
    ...others,
    ['max-images', maxImages],
    ['require-tag', requireTag && `'${requireTag.key}=${requireTag.value}'`],
    ['protected-tags', quoted(protectedTags)],
    ['pushed-within', seconds(pushedWithin)],
    ['pulled-within', seconds(pulledWithin)],
    ...inUseBy.map(({ service }) => ['in-use-by', service] as const),
    ['audit', isOn ? 'removed-images.jsonl' : undefined],
  ];
  return [...options.flatMap(([name, value]) => value === undefined ? [] : `--${name} ${value}`), '--dry-run'].join(' ');
}

/** Whether the command line does not support the source as it is. */
function hasOptions(user: ImageUser): boolean {
  if (user.service === 'listed') return true;
  const { role, region, clusters, newestTaskDefinitions } = user;
  return (role ?? region ?? clusters ?? newestTaskDefinitions) !== undefined;
}

/** Returns the value of an option that takes all words up to the next option. */
export function quoted(patterns: readonly string[]): string | undefined {
  return patterns.length === 0 ? undefined : patterns.map(pattern => `'${pattern}'`).join(' ');
}
