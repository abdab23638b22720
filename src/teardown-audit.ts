import * as s3 from 'aws-cdk-lib/aws-s3';
import { BUCKET, checkOptions, required } from './private/property-types';

/**
 * Options for the audit of removed images.
 *
 * @stability stable
 */
export interface TeardownAuditOptions {
  /**
   * Destination of a record of every image, which is written before the image is removed.
   *
   * @default - removed images are not recorded
   */
  readonly audit?: TeardownAudit;
}

/**
 * Destination of the record of removed images.
 *
 * Each image is one line of JSON with its digest, its tags, its size in bytes, and the time when it was pushed. The record is written
 * before the image is removed. An image that cannot be recorded is not removed.
 *
 * @stability stable
 */
export class TeardownAudit {
  /**
   * Writes the record of removed images to the log of the Lambda function. The log group is kept when the stack is deleted, and it keeps
   * its lines for one year.
   */
  public static toLogs(): TeardownAudit {
    return new TeardownAudit();
  }

  /**
   * Writes the record of removed images to an Amazon S3 bucket, and to the log of the Lambda function as `toLogs()` does.
   *
   * The objects have keys that begin with `cdk-ecr-keeper/<stack name>/` and contain JSON lines. The bucket must not be deleted with the
   * stack, so a bucket of the same stack needs the removal policy RETAIN.
   *
   * @param bucket Bucket for the objects.
   */
  public static toBucket(bucket: s3.IBucket): TeardownAudit {
    checkOptions('TeardownAudit.toBucket', { bucket }, { bucket: required(BUCKET) });
    return new TeardownAudit(bucket);
  }

  private constructor(private readonly bucket?: s3.IBucket) {}

  /** @internal */
  public get _destination(): { readonly bucket?: s3.IBucket } {
    return { bucket: this.bucket };
  }
}
