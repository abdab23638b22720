import * as kms from 'aws-cdk-lib/aws-kms';

/** What a `Teardown` says, without the public class around it. */
export type TeardownPlan =
  | { readonly kind: 'retain' }
  | {
    readonly kind: 'delete-with-images';
    readonly maxImages?: number;
    readonly requireTag?: { readonly key: string; readonly value: string };
    readonly alsoWhenRemoved?: boolean;
  };

export type DeletePlan = Extract<TeardownPlan, { kind: 'delete-with-images' }>;

export interface ForeignOptions {
  readonly encryptionKey?: kms.IKey;
}
