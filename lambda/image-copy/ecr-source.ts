import { GetDownloadUrlForLayerCommand, ListImageReferrersCommand } from '@aws-sdk/client-ecr';
import { BlobRefusal, bodyFrom } from './body';
import { sendPatiently } from './retry';
import type { ImageSource } from './source';
import type { Descriptor } from '../../src/core/images/manifest';
import { parseRepositoryArn } from '../../src/core/repository-arn';
import { sendToEcr } from '../shared/aws/send-command';
import { FetchedManifest, readManifest } from '../shared/images/manifest';
import { explainLimit } from '../shared/protocol/denial';
import { UserError, isAccessDenied, isNamed, isRepositoryMissing } from '../shared/protocol/errors';
import type { EcrTask } from '../shared/protocol/job';

/** A private repository in this account or another one, which is read with the API of ECR. */
export class EcrSource implements ImageSource {
  readonly name: string;
  readonly remedy = ', or it is archived. Push or restore it, and deploy again.';
  private readonly location: { readonly registryId: string; readonly repositoryName: string };

  constructor(private readonly task: EcrTask, readonly repositoryArn: string) {
    const { account, repositoryName } = parseRepositoryArn(repositoryArn)!;
    this.location = { registryId: account, repositoryName };
    this.name = `repository '${repositoryName}' of account ${account}`;
  }

  async manifest(tagOrDigest: string): Promise<FetchedManifest | undefined> {
    return this.call(() => readManifest(this.task, this.location, tagOrDigest));
  }

  async blob({ digest }: Descriptor, from: number): Promise<AsyncIterable<Uint8Array>> {
    const input = { ...this.location, layerDigest: digest };
    const answer = await this.call(() => sendToEcr(this.task, GetDownloadUrlForLayerCommand, input));
    const request = from === 0 ? {} : { headers: { range: `bytes=${from}-` } };
    const response = await sendPatiently(this.task, new URL(answer?.downloadUrl ?? ''), request);
    try {
      return await bodyFrom(response, from, `the layer ${digest} of ${this.name}`);
    } catch (error) {
      // the URL has expired: the caller requests another one
      throw error instanceof BlobRefusal && error.status === 403 ? new Error(error.message) : error;
    }
  }

  async referrers(digest: string): Promise<string[]> {
    const digests = new Array<string>();
    let nextToken: string | undefined;
    do {
      const input = { ...this.location, subjectId: { imageDigest: digest }, nextToken, maxResults: 50 };
      const page = await this.call(() => sendToEcr(this.task, ListImageReferrersCommand, input));
      digests.push(...(page?.referrers ?? []).map(referrer => referrer.digest!));
      nextToken = page?.nextToken;
    } while (nextToken);
    return digests;
  }

  private async call<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isRepositoryMissing(error)) {
        throw new UserError(`There is no ${this.name}. Create it or correct its name, and deploy again.`);
      }
      if (isNamed(error, 'LayersNotFoundException', 'LayerInaccessibleException')) {
        throw new UserError(`A layer is missing in ${this.name} (${(error as Error).message}). Push the image again.`);
      }
      if (!isAccessDenied(error)) throw error;
      const limit = explainLimit(error as Error);
      if (limit !== undefined) throw new UserError(`This function cannot read ${this.name}: ${limit}\n${(error as Error).message}`);
      throw new UserError(`This function is not allowed to read ${this.name}. Allow this function's role to pull. If the repository`
        + ' belongs to another account, its policy must allow that too, or its import must have \'access\'. AWS returned:'
        + ` ${(error as Error).message}`, { cause: error });
    }
  }
}
