import { GetObjectCommand } from '@aws-sdk/client-s3';
import { PublicJob } from './public-job';
import type { LogoObject } from '../../src/core/wire/public-repository';
import { retryDeniedOrThrottled } from '../shared/aws/send-command';
import { UserError } from '../shared/protocol/errors';

/** Reads the logo, which the CDK uploaded with the assets of the stack. */
export async function readLogo(job: PublicJob, { bucket, key }: LogoObject): Promise<Uint8Array> {
  const s3 = job.clients.s3();
  job.progress(`reading s3://${bucket}/${key}`);
  try {
    const bytes = await retryDeniedOrThrottled(job, async () => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: job.signal });
      return Body?.transformToByteArray();
    });
    if (bytes !== undefined && bytes.length > 0) return bytes;
    throw new Error('the object is empty');
  } catch (error) {
    throw new UserError(`${job.target.subject}: its logo s3://${bucket}/${key} cannot be read`
      + ` (${(error as Error).message || (error as Error).name}). Check that this asset was published and still exists, then`
      + ' deploy again.', { cause: error });
  }
}
