import type { PrefixTeardownProperties } from '../../src/core/wire/prefix-teardown';
import { UserError } from '../shared/protocol/errors';
import type { Job } from '../shared/protocol/job';
import { unlessRollingBack } from '../shared/repository/located-repository';

/** A literal prefix is part of the logical id. If it changed all the same, nobody would delete the repositories under the old prefix. */
export async function refuseAnotherPrefix(job: Job<PrefixTeardownProperties>, old: PrefixTeardownProperties | undefined): Promise<void> {
  const { properties: { prefix } } = job;
  await unlessRollingBack(job, async () => {
    if (old === undefined || old.prefix === prefix) return;
    throw new UserError(`Repositories under '${prefix}' cannot take the place of those under '${old.prefix}' in the same teardown`
      + ' — give the teardown another construct id, then each is handled on its own');
  });
}
