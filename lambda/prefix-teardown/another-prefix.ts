import type { PrefixTeardownProperties } from '../../src/core/wire/prefix-teardown';
import { UserError } from '../shared/protocol/errors';
import type { Job } from '../shared/protocol/job';
import { unlessRollingBack } from '../shared/repository/located-repository';

/** A literal prefix is part of the logical id. If a token changed it, nobody would delete the repositories under the old prefix. */
export async function refuseAnotherPrefix(job: Job<PrefixTeardownProperties>, old: PrefixTeardownProperties | undefined): Promise<void> {
  const { properties: { prefix } } = job;
  await unlessRollingBack(job, async () => {
    if (old === undefined || old.prefix === prefix) return;
    throw new UserError(`Repositories under '${prefix}' cannot replace those under '${old.prefix}' in the same teardown.`
      + ' Give the teardown a different construct id, so that each prefix has a resource.');
  });
}
