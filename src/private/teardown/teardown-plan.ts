import * as s3 from 'aws-cdk-lib/aws-s3';
import { Exceptions, NO_EXCEPTIONS } from '../../core/images/kept-images';
import { TeardownGuards } from '../../core/teardown/guards';
import { TeardownProperties } from '../../core/wire/teardown';

/** What every teardown that removes images says. */
export interface CommonPlan {
  readonly guards: TeardownGuards;
  readonly isAudited: boolean;
  readonly auditBucket?: s3.IBucket;
}

export interface DeletePlan extends CommonPlan {
  readonly kind: 'delete-with-images';
  readonly alsoWhenRemoved?: boolean;
  readonly replicaRegions: readonly string[];
}

export interface EmptyPlan extends CommonPlan {
  readonly kind: 'empty';
  readonly exceptions: Exceptions;
  readonly trigger?: string;
}

export type RemovalPlan = DeletePlan | EmptyPlan;

/** What a `Teardown` says, without the public class around it. */
export type TeardownPlan = { readonly kind: 'retain' } | RemovalPlan;

/** What the handler is told of it. */
export function wireOf(plan: RemovalPlan): Pick<TeardownProperties, 'onStackDelete' | 'guards' | 'exceptions' | 'emptyTrigger' | 'replicaRegions' | 'audit'> {
  return {
    onStackDelete: plan.kind,
    guards: plan.guards,
    exceptions: plan.kind === 'empty' ? plan.exceptions : NO_EXCEPTIONS,
    emptyTrigger: plan.kind === 'empty' ? plan.trigger : undefined,
    replicaRegions: plan.kind === 'empty' ? [] : plan.replicaRegions,
    audit: { isOn: plan.isAudited, bucket: plan.auditBucket?.bucketName },
  };
}

/** A repository is no replica of itself. */
export function ownRegionProblems({ env: { region } }: { readonly env: { readonly region: string } }, plan: TeardownPlan): string[] {
  if (plan.kind !== 'delete-with-images' || !plan.replicaRegions.includes(region)) return [];
  return [`'replicaRegions' must not name the Region of the repository itself, got: ${region}`];
}
