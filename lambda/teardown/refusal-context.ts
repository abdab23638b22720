import type { TeardownJob } from './teardown-job';
import { isOfRequiredTag, Refusal } from '../../src/core/teardown/guards';
import { TEARDOWN_HANDLER } from '../../src/core/wire/teardown';
import { untagRepository } from '../shared/repository/mark';
import type { PrivateTarget } from '../shared/teardown/private-target';
import type { RefusalContext } from '../shared/teardown/refusal';

export function refusalContext(
  job: TeardownJob, { subject }: PrivateTarget, outcome: RefusalContext['outcome'], refusals: readonly Refusal[], markIsMissing: boolean,
): RefusalContext {
  const { properties: { repositoryArn, repositoryLogicalId, owned } } = job;
  return {
    subject,
    arn: repositoryArn,
    outcome,
    // IAM does not let the function delete a repository of somebody else without the tag, whatever code there is
    refusals: refusals.map(refusal => ({ ...refusal, isFinal: !owned && isOfRequiredTag(refusal) })),
    missingMark: markIsMissing ? TEARDOWN_HANDLER : undefined,
    logicalIds: repositoryLogicalId ? [repositoryLogicalId] : [],
    untag: keys => untagRepository(job, repositoryArn, keys),
  };
}
