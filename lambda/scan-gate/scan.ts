import {
  BatchGetRepositoryScanningConfigurationCommand, DescribeImageScanFindingsCommand, StartImageScanCommand,
} from '@aws-sdk/client-ecr';
import type { DescribeImageScanFindingsResponse } from '@aws-sdk/client-ecr';
import { archivedError } from './images-to-scan';
import { sendCommand, sendToEcr } from '../shared/aws/send-command';
import { UserError, isNamed, isTransient } from '../shared/protocol/errors';
import type { EcrTask } from '../shared/protocol/job';

const PAGE = 1_000;
const PAUSE = 5_000;

type Page = DescribeImageScanFindingsResponse;

/** An image that no scanner supports: without a package manager, with an unknown operating system, or an artifact. */
export class UnsupportedImage extends UserError {}

export interface ScanTarget {
  readonly repositoryName: string;
  readonly digest: string;
  /** When to stop waiting, in milliseconds since the epoch. */
  readonly end: number;
  readonly maxScanAgeSeconds: number;
}

/** The scan of one image, whose findings are waited for until a time. */
export class Scan {
  private isStarted = false;
  /** ECR starts no enhanced scan, so that the age of one that was complete once does not matter. */
  private isEnhanced = false;
  /** Why ECR did not start a scan. */
  private refusal = '';

  /** @param ecrOnce client without retries: the SDK takes the limit of one scan a day for throttling, and would wait */
  constructor(private readonly task: EcrTask, private readonly ecrOnce: EcrTask['ecr'], private readonly target: ScanTarget) {}

  /** All pages of findings, once the scan is complete; starts a scan if there was none, or only an old one. */
  async* pages(): AsyncGenerator<Page> {
    let page = await this.waitForFindings();
    for (;;) {
      yield page;
      if (!page.nextToken) return;
      const next = await this.read(page.nextToken);
      if (next && isComplete(next)) {
        page = next;
        continue;
      }
      // each finding counts once, so that all may be read again from the start
      await this.pause('its findings changed while they were read');
      page = await this.waitForFindings();
    }
  }

  private async waitForFindings(): Promise<Page> {
    for (;;) {
      const page = await this.read();
      const { status, description = '' } = page?.imageScanStatus ?? {};
      const completedAt = page && isComplete(page) ? page.imageScanFindings!.imageScanCompletedAt!.getTime() : undefined;
      if (completedAt !== undefined && !this.isTooOld(page!, completedAt)) return page!;
      if (status !== undefined && !WAITING.includes(status)) this.throwIfUnusable(status, description);
      if (status === undefined || status === 'FAILED') await this.start(description);
      else if (completedAt !== undefined) await this.start();
      await this.pause(completedAt !== undefined ? `the last one, of ${new Date(completedAt).toISOString()}, is too old${this.refusal}`
        : DONE.includes(status ?? '') ? `${status} without a time of completion` : status ?? 'not begun');
    }
  }

  /** Enhanced scanning on push has findings of the push only, and cannot be told to scan again. */
  private isTooOld({ imageScanStatus, imageScanFindings }: Page, completedAt: number): boolean {
    return imageScanStatus?.status === 'COMPLETE' && !imageScanFindings?.enhancedFindings && !this.isEnhanced
      && this.task.clock.now() - completedAt > this.target.maxScanAgeSeconds * 1_000;
  }

  private async pause(state: string): Promise<void> {
    const { task, target: { repositoryName, digest, end } } = this;
    if (task.clock.now() >= end) throw await this.timeoutError(state);
    task.progress(`waiting for the scan of ${digest} in repository '${repositoryName}' (${state})`);
    await task.clock.sleep(PAUSE);
  }

  private async read(nextToken?: string): Promise<Page | undefined> {
    const { task, target: { repositoryName, digest: imageDigest } } = this;
    const input = { repositoryName, imageId: { imageDigest }, maxResults: PAGE, nextToken };
    try {
      return await sendToEcr(task, DescribeImageScanFindingsCommand, input);
    } catch (error) {
      if (isNamed(error, 'ScanNotFoundException')) return undefined;
      throw error;
    }
  }

  /** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanStatus.html */
  private throwIfUnusable(status: string, description: string): void {
    const { repositoryName, digest } = this.target;
    const reason = description === '' ? status : `${status}: ${description}`;
    const isUnsupported = status === 'UNSUPPORTED_IMAGE' || (status === 'FAILED' && /unsupported|not supported/i.test(description));
    if (isUnsupported) throw this.unsupportedError(reason);
    if (status === 'IMAGE_ARCHIVED') throw archivedError(repositoryName, digest, 'ARCHIVED');
    if (status === 'FAILED' && !this.isStarted) return;
    throw new UserError(`Repository '${repositoryName}': the image ${digest} has no findings to be judged by (${reason})`
      + ` — ${REMEDIES[status] ?? 'push it anew, or scan it by hand, and deploy again'}`);
  }

  private async start(failureReason = ''): Promise<void> {
    if (this.isStarted) return;
    this.isStarted = true;
    const { task, target: { repositoryName, digest: imageDigest } } = this;
    const input = { repositoryName, imageId: { imageDigest } };
    try {
      await sendCommand(task, this.ecrOnce, StartImageScanCommand, input);
      task.log(`repository '${repositoryName}': a scan of ${imageDigest} was started`);
    } catch (error) {
      if (isTransient(error)) {
        this.isStarted = false; // it is started again after the next read
        return;
      }
      if (isNamed(error, 'UnsupportedImageTypeException')) throw this.unsupportedError((error as Error).message);
      if (isNamed(error, 'ImageArchivedException')) throw archivedError(repositoryName, imageDigest, 'ARCHIVED');
      if (isNamed(error, 'LimitExceededException') && failureReason !== '') {
        throw new UserError(`Repository '${repositoryName}': the scan of ${imageDigest} failed (${failureReason}),`
          + ' and ECR scans an image once in 24 hours — try again tomorrow, or push it anew');
      }
      // a scan has just been started, or enhanced scanning is on, which cannot be started
      if (!isNamed(error, 'LimitExceededException', 'ValidationException')) throw error;
      this.refusal = `, and ECR starts no other: ${(error as Error).message.replace(/\.$/, '')}`;
      if (!isNamed(error, 'ValidationException')) return;
      await this.requireEnhanced();
      this.isEnhanced = true;
    }
  }

  /** With enhanced scanning, a repository that matches none of its filters is never scanned. */
  private async requireEnhanced(): Promise<void> {
    if (await this.readFrequency() !== 'MANUAL') return;
    throw new UserError(`Repository '${this.target.repositoryName}' is never scanned: enhanced scanning is on for the registry,`
      + ' and none of its filters matches the repository — add a filter (aws ecr put-registry-scanning-configuration), and deploy again');
  }

  private async readFrequency(): Promise<string | undefined> {
    const { task } = this;
    const input = { repositoryNames: [this.target.repositoryName] };
    const answer = await sendToEcr(task, BatchGetRepositoryScanningConfigurationCommand, input);
    return answer?.scanningConfigurations?.[0]?.scanFrequency;
  }

  private async timeoutError(state: string): Promise<UserError> {
    const { repositoryName, digest } = this.target;
    const frequency = await this.readFrequency() ?? 'unknown';
    return new UserError(`Repository '${repositoryName}': the scan of ${digest} is not finished (${state}, scan frequency ${frequency})`
      + ' — give it more time with \'timeout\', or deploy again once it is; scans go on meanwhile');
  }

  private unsupportedError(reason: string): UnsupportedImage {
    return new UnsupportedImage(`Repository '${this.target.repositoryName}': no scanner can look into ${this.target.digest} (${reason})`
      + ' — base it on an image that they know, or let it through with \'allowUnsupported\'');
  }
}

/**
 * ACTIVE: enhanced scanning updates the findings. Either status can come before the first findings, without a time of completion.
 * https://github.com/aws/aws-sdk/issues/289
 */
const DONE: readonly string[] = ['COMPLETE', 'ACTIVE'];
const WAITING: readonly string[] = ['PENDING', 'IN_PROGRESS', ...DONE];

function isComplete({ imageScanStatus, imageScanFindings }: Page): boolean {
  return DONE.includes(imageScanStatus?.status ?? '') && imageScanFindings?.imageScanCompletedAt !== undefined;
}

const REMEDIES: Readonly<Record<string, string>> = {
  SCAN_ELIGIBILITY_EXPIRED: 'Amazon Inspector looks at images for a while only: push it anew, or have it look longer, and deploy again',
  FINDINGS_UNAVAILABLE: 'Amazon Inspector does not hand them out now, try again later',
  LIMIT_EXCEEDED: 'the quota of scans is used up, try again tomorrow',
  IMAGE_SIZE_EXCEEDED: 'it is too large to be scanned, make it smaller',
};
