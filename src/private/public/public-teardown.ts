import { hasExceptions } from '../../core/images/kept-images';
import { NO_GUARDS } from '../../core/teardown/guards';
import { PublicRepositoryProperties } from '../../core/wire/public-repository';
import { TeardownPlan } from '../teardown/teardown-plan';

type PublicTeardown = Pick<PublicRepositoryProperties, 'onStackDelete' | 'guards' | 'emptyTrigger' | 'audit'>;

/** What a teardown asks that ECR Public has no answer to. https://docs.aws.amazon.com/AmazonECRPublic/latest/APIReference/API_ImageDetail.html */
export function publicTeardownProblems(plan: TeardownPlan | undefined): string[] {
  if (plan === undefined || plan.kind === 'retain') return [];
  const { guards: { pulledWithin, inUseBy } } = plan;
  const refuse = (isGiven: boolean, option: string, reason: string) => isGiven ? [`'teardown' of a public repository must not have '${option}': ${reason}`] : [];
  return [
    ...refuse(pulledWithin !== undefined, 'pulledWithin', 'ECR Public keeps no pull times'),
    ...refuse(inUseBy.length > 0, 'inUseBy', 'anybody may run its images anywhere, so that looking into some accounts proves nothing'),
    ...plan.kind === 'empty' ? [
      ...refuse(plan.exceptions.tags.length > 0, 'exceptTags', 'ECR Public does not tell what an index refers to, so what is excepted could not be kept whole'),
      ...refuse(hasExceptions({ ...plan.exceptions, tags: [] }), 'exceptNewest', 'ECR Public does not tell what an index refers to, so what is excepted could not be kept whole'),
    ] : [
      ...refuse(plan.replicaRegions.length > 0, 'replicaRegions', 'ECR Public has no Regions to replicate to'),
      ...refuse(plan.alsoWhenRemoved === true, 'alsoWhenRemoved', 'CloudFormation has no EmptyOnDelete for it'),
    ],
  ];
}

/** What the handler is told of it; without a teardown the repository stays. */
export function publicTeardown(plan: TeardownPlan | undefined): PublicTeardown {
  if (plan === undefined || plan.kind === 'retain') return { onStackDelete: 'retain', guards: NO_GUARDS, audit: { isOn: false } };
  return {
    onStackDelete: plan.kind,
    guards: plan.guards,
    emptyTrigger: plan.kind === 'empty' ? plan.trigger : undefined,
    audit: { isOn: plan.isAudited, bucket: plan.auditBucket?.bucketName },
  };
}
