import type { TeardownJob } from './teardown-job';
import { parseRepositoryArn } from '../../src/core/repository-arn';
import type { Refusal } from '../../src/core/teardown/guards';
import { TEARDOWN_HANDLER } from '../../src/core/wire/teardown';
import type { PrivateTarget } from '../shared/teardown/private-target';
import type { Refused } from '../shared/teardown/refusal';

export function refusalOf(
  { properties: { repositoryArn, repositoryLogicalId } }: TeardownJob, { subject }: PrivateTarget, done: Refused['done'],
  refusals: readonly Refusal[], markIsMissing: boolean,
): Refused {
  return {
    subject,
    arn: repositoryArn,
    taggedArn: repositoryArn,
    done,
    service: 'ecr',
    region: parseRepositoryArn(repositoryArn)!.region,
    refusals,
    missingMark: markIsMissing ? TEARDOWN_HANDLER : undefined,
    logicalIds: repositoryLogicalId ? [repositoryLogicalId] : [],
  };
}
