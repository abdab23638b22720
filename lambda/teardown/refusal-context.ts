import type { TeardownJob } from './teardown-job';
import type { Refusal } from '../../src/core/teardown/guards';
import { TEARDOWN_HANDLER } from '../../src/core/wire/teardown';
import type { PrivateTarget } from '../shared/teardown/private-target';
import type { RefusalContext } from '../shared/teardown/refusal';

export function refusalContext(
  { properties: { repositoryArn, repositoryLogicalId } }: TeardownJob, { subject }: PrivateTarget, outcome: RefusalContext['outcome'],
  refusals: readonly Refusal[], markIsMissing: boolean,
): RefusalContext {
  return {
    subject,
    arn: repositoryArn,
    outcome,
    refusals,
    missingMark: markIsMissing ? TEARDOWN_HANDLER : undefined,
    logicalIds: repositoryLogicalId ? [repositoryLogicalId] : [],
  };
}
