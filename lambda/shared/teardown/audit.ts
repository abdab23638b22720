import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import type { HeldImage } from '../../../src/core/images/held-image';
import { AuditPlan, AUDIT_PREFIX } from '../../../src/core/teardown/guards';
import { sendCommand } from '../aws/send-command';
import { UserError, isNamed } from '../protocol/errors';
import type { Job, Task } from '../protocol/job';
import { stackName } from '../protocol/stack';

/** Records images before they are removed. */
export interface Audit {
  record(repositoryArn: string, images: readonly HeldImage[]): Promise<void>;
}

export const NO_AUDIT: Audit = { record: async () => undefined };

/** One JSON object per image. */
export function auditLine(repositoryArn: string, { digest, tags, sizeInBytes, pushedAt }: HeldImage): string {
  return JSON.stringify({
    action: 'REMOVE_IMAGE',
    repositoryArn,
    imageDigest: digest,
    imageTags: tags,
    imageSizeInBytes: sizeInBytes,
    imagePushedAt: pushedAt === undefined ? undefined : new Date(pushedAt).toISOString(),
  });
}

/** Writes to the function's log. The log group outlives the stack. */
export function logAudit(task: Task): Audit {
  return { record: async (repositoryArn, images) => { for (const image of images) task.log(auditLine(repositoryArn, image)); } };
}

/** The most lines in one object, so that memory use does not grow with the repository. */
const LINES_PER_OBJECT = 10_000;

export interface AuditObjects {
  readonly s3: S3Client;
  readonly bucket: string;
  /** Prefix of the keys, different for each request. */
  readonly prefix: string;
}

/** Writes JSON lines to a bucket. An image that cannot be recorded there is not deleted. */
export function bucketAudit(task: Task, { s3, bucket, prefix }: AuditObjects): Audit {
  let objects = 0;
  /** @returns false if an object with that key already exists, so that nothing was written */
  const write = async (object: { Bucket: string; Key: string; Body: string }): Promise<boolean> => {
    task.progress(`writing s3://${bucket}/${object.Key}`);
    const input = { ...object, ContentType: 'application/jsonl', IfNoneMatch: '*' };
    try {
      await sendCommand(task, s3, PutObjectCommand, input);
      return true;
    } catch (error) {
      if (isNamed(error, 'PreconditionFailed', 'ConditionalRequestConflict')) return false;
      throw new UserError(`The audit cannot be written to s3://${bucket}/${object.Key}, so nothing more was deleted.`
        + ' Check that the bucket exists and that the function\'s role can write to it, then try again.'
        + `\n${(error as Error).message}`, { cause: error });
    }
  };
  return {
    record: async (repositoryArn, images) => {
      for (let from = 0; from < images.length; from += LINES_PER_OBJECT) {
        const lines = images.slice(from, from + LINES_PER_OBJECT).map(image => auditLine(repositoryArn, image));
        const Body = `${lines.join('\n')}\n`;
        const nextKey = () => `${prefix}${repositoryArn.split(':repository/')[1]}/${String(++objects).padStart(5, '0')}.jsonl`;
        // a request may be delivered twice; the objects of the first delivery are not overwritten
        while (!await write({ Bucket: bucket, Key: nextKey(), Body }));
      }
    },
  };
}

/** Returns the audit that the template declares: log lines and, if it names a bucket, objects with keys of this request. */
export function auditOf(job: Job<unknown>, { isOn, bucket }: AuditPlan, clients: { s3(): S3Client }): Audit {
  if (!isOn) return NO_AUDIT;
  const { request } = job;
  const log = logAudit(job);
  if (bucket === undefined) return log;
  const prefix = `${AUDIT_PREFIX}${stackName(request.StackId)}/${request.RequestId}/`;
  const objects = bucketAudit(job, { s3: clients.s3(), bucket, prefix });
  return {
    record: async (repositoryArn, images) => {
      await objects.record(repositoryArn, images);
      await log.record(repositoryArn, images);
    },
  };
}
