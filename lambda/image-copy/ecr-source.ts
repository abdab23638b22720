import { GetDownloadUrlForLayerCommand, ListImageReferrersCommand } from '@aws-sdk/client-ecr';
import { BlobRefused, bodyFrom } from './body';
import { sendPatiently } from './retry';
import type { ImageSource } from './source';
import type { Descriptor } from '../../src/core/images/manifest';
import { parseRepositoryArn } from '../../src/core/repository-arn';
import { untilAllowed } from '../shared/aws/until-allowed';
import { FetchedManifest, readManifest } from '../shared/images/manifest';
import { Explained, isAccessDenied, isNamed } from '../shared/protocol/errors';
import type { EcrTask } from '../shared/protocol/job';

/** A private repository, of this account or another, read with the API of ECR. */
export class EcrSource implements ImageSource {
  readonly name: string;
  private readonly where: { readonly registryId: string; readonly repositoryName: string };

  constructor(private readonly task: EcrTask, readonly repositoryArn: string) {
    const { account, repositoryName } = parseRepositoryArn(repositoryArn)!;
    this.where = { registryId: account, repositoryName };
    this.name = `repository '${repositoryName}' of account ${account}`;
  }

  async manifest(tagOrDigest: string): Promise<FetchedManifest> {
    const found = await this.tryManifest(tagOrDigest);
    if (found) return found;
    throw new Explained(`There is no image ${tagOrDigest} in ${this.name}, or it is archived — push it, or restore it, and deploy again`);
  }

  async tryManifest(tagOrDigest: string): Promise<FetchedManifest | undefined> {
    return this.ask(() => readManifest(this.task, this.where, tagOrDigest));
  }

  async blob({ digest }: Descriptor, from: number): Promise<AsyncIterable<Uint8Array>> {
    const input = { ...this.where, layerDigest: digest };
    const answer = await this.ask(() => this.task.ecr.send(new GetDownloadUrlForLayerCommand(input), { abortSignal: this.task.signal }));
    const received = await sendPatiently(this.task, new URL(answer?.downloadUrl ?? ''), from === 0 ? {} : { headers: { range: `bytes=${from}-` } });
    try {
      return await bodyFrom(received, from, `the layer ${digest} of ${this.name}`);
    } catch (error) {
      // the URL has expired: another one is asked for
      throw error instanceof BlobRefused && error.status === 403 ? new Error(error.message) : error;
    }
  }

  async referrers(digest: string): Promise<string[]> {
    const digests = new Array<string>();
    let nextToken: string | undefined;
    do {
      const input = { ...this.where, subjectId: { imageDigest: digest }, nextToken, maxResults: 50 };
      const page = await this.ask(() => this.task.ecr.send(new ListImageReferrersCommand(input), { abortSignal: this.task.signal }));
      digests.push(...(page?.referrers ?? []).map(referrer => referrer.digest!));
      nextToken = page?.nextToken;
    } while (nextToken);
    return digests;
  }

  private async ask<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await untilAllowed(this.task, work);
    } catch (error) {
      if (isNamed(error, 'RepositoryNotFoundException')) throw new Explained(`There is no ${this.name} — create it, or correct its name, and deploy again`);
      if (isNamed(error, 'LayersNotFoundException', 'LayerInaccessibleException')) {
        throw new Explained(`A layer is missing in ${this.name}: ${(error as Error).message} — push the image again`);
      }
      if (!isAccessDenied(error)) throw error;
      throw new Explained(`This function may not read ${this.name} — where it belongs to another account, its policy must let this function's role pull too,`
        + ` or its import must be given 'access': ${(error as Error).message}`, { cause: error });
    }
  }
}
