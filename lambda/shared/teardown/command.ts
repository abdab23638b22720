import type { AuditPlan, TeardownGuards } from '../../../src/core/teardown/guards';

/**
 * The guards as options of the command line. That it looks first, and writes its audit to a file, is for a person to change.
 *
 * @returns undefined when the command line does not know one of them
 */
export function guardOptions({ maxImages, requireTag, pulledWithin, inUseBy }: TeardownGuards, { isOn }: AuditPlan): string | undefined {
  if (inUseBy.some(({ role, region, clusters }) => role ?? region ?? clusters) || requireTag?.key.includes('=')) return undefined;
  return [
    ...maxImages === undefined ? [] : [`--max-images ${maxImages}`],
    ...requireTag === undefined ? [] : [`--require-tag '${requireTag.key}=${requireTag.value}'`],
    ...pulledWithin === undefined ? [] : [`--pulled-within ${pulledWithin}s`],
    ...inUseBy.map(({ service }) => `--in-use-by ${service}`),
    ...isOn ? ['--audit removed-images.jsonl'] : [],
    '--dry-run',
  ].join(' ');
}
