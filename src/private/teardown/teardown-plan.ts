import * as s3 from 'aws-cdk-lib/aws-s3';
import { Exceptions, NO_EXCEPTIONS } from '../../core/images/kept-images';
import { TeardownGuards } from '../../core/teardown/guards';
import { TeardownProperties } from '../../core/wire/teardown';

/** Destination of the record of removed images, in addition to the log of the function. */
export interface AuditDestination {
  readonly bucket?: s3.IBucket;
}

/** Properties of every teardown that removes images. */
export interface CommonPlan {
  readonly guards: TeardownGuards;
  /** @default - removed images are not recorded */
  readonly audit?: AuditDestination;
}

export interface DeletePlan extends CommonPlan {
  readonly kind: 'delete-with-images';
  readonly replicaRegions: readonly string[];
}

export interface EmptyPlan extends CommonPlan {
  readonly kind: 'empty';
  readonly exceptions: Exceptions;
  readonly trigger?: string;
}

export type RemovalPlan = DeletePlan | EmptyPlan;

/** Value of a `Teardown`, without the public class. */
export type TeardownPlan = { readonly kind: 'retain' } | RemovalPlan;

/** Value of a `PublicTeardown`, without the public class. */
export type PublicTeardownPlan = { readonly kind: 'retain' } | Omit<DeletePlan, 'replicaRegions'> | Omit<EmptyPlan, 'exceptions'>;

/** Returns the properties that the handlers of all teardowns use. */
export function commonWireOf({ guards, audit }: CommonPlan): Pick<TeardownProperties, 'guards' | 'audit'> {
  return { guards, audit: { isOn: audit !== undefined, bucket: audit?.bucket?.bucketName } };
}

export function wireOf(
  plan: RemovalPlan,
): Pick<TeardownProperties, 'onStackDelete' | 'guards' | 'exceptions' | 'emptyTrigger' | 'replicaRegions' | 'audit'> {
  return {
    onStackDelete: plan.kind,
    ...commonWireOf(plan),
    exceptions: plan.kind === 'empty' ? plan.exceptions : NO_EXCEPTIONS,
    emptyTrigger: plan.kind === 'empty' ? plan.trigger : undefined,
    replicaRegions: plan.kind === 'empty' ? [] : plan.replicaRegions,
  };
}

/** Returns the problems of replica Regions that include the Region of the repository. */
export function ownRegionProblems({ env: { region } }: { readonly env: { readonly region: string } }, plan: TeardownPlan): string[] {
  if (plan.kind !== 'delete-with-images' || !plan.replicaRegions.includes(region)) return [];
  return [`'replicaRegions' must not name the Region of the repository itself, got: ${region}`];
}
