import type { AuditPlan, TeardownGuards } from '../../../src/core/teardown/guards';

/**
 * The guards as options of the command line. The command only looks (`--dry-run`) and writes its audit to a file; a person changes that.
 *
 * @returns undefined when the command line does not have one of them
 */
export function guardOptions(guards: TeardownGuards, { isOn }: AuditPlan): string | undefined {
  const { maxImages, protectedTags, pushedWithin, pulledWithin, inUseBy, requireTag } = guards;
  if (inUseBy.some(({ role, region, clusters }) => role ?? region ?? clusters) || requireTag?.key.includes('=')) return undefined;
  return [
    ...maxImages === undefined ? [] : [`--max-images ${maxImages}`],
    ...requireTag === undefined ? [] : [`--require-tag '${requireTag.key}=${requireTag.value}'`],
    ...tagPatterns('--protected-tags', protectedTags),
    ...pushedWithin === undefined ? [] : [`--pushed-within ${pushedWithin}s`],
    ...pulledWithin === undefined ? [] : [`--pulled-within ${pulledWithin}s`],
    ...inUseBy.map(({ service }) => `--in-use-by ${service}`),
    ...isOn ? ['--audit removed-images.jsonl'] : [],
    '--dry-run',
  ].join(' ');
}

/** An option that takes every word up to the next option. */
export function tagPatterns(option: string, patterns: readonly string[]): string[] {
  return patterns.length === 0 ? [] : [`${option} ${patterns.map(pattern => `'${pattern}'`).join(' ')}`];
}
