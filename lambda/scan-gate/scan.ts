import {
  BatchGetRepositoryScanningConfigurationCommand, DescribeImageScanFindingsCommand, StartImageScanCommand,
} from '@aws-sdk/client-ecr';
import type { DescribeImageScanFindingsResponse } from '@aws-sdk/client-ecr';
import { archivedError } from './images-to-scan';
import { sendCommand, sendToEcr } from '../shared/aws/send-command';
import { describeImage } from '../shared/images/tags';
import { UserError, isNamed, isTransient } from '../shared/protocol/errors';
import type { EcrTask } from '../shared/protocol/job';

const PAGE = 1_000;
const PAUSE = 5_000;
/**
 * The first findings of an enhanced scan can be incomplete: a report had one finding, and three "a minute later".
 * https://github.com/aws/aws-sdk/issues/288
 */
const SETTLING = 90_000;

type Page = DescribeImageScanFindingsResponse;

/** No scanner supports the image: it has no package manager or an unknown operating system, or it is an artifact. */
export class UnsupportedImage extends UserError {}

export interface ScanTarget {
  readonly repositoryName: string;
  readonly digest: string;
  /** Time at which to stop waiting, in milliseconds since the epoch. */
  readonly end: number;
  readonly maxScanAgeSeconds: number;
}

/** The scan of one image. Waits for its findings until the given time. */
export class Scan {
  private isStarted = false;
  /** Whether scanning is enhanced. An enhanced scan cannot be started, so that the age of a complete one is ignored. */
  private isEnhanced = false;
  /** Time of the first read with findings of enhanced scanning. */
  private enhancedSince?: number;
  /** The reason why ECR did not start a scan, as part of a message. */
  private refusal = '';

  /** @param ecrOnce client without retries: the SDK treats the limit of one scan a day as throttling, and would wait */
  constructor(private readonly task: EcrTask, private readonly ecrOnce: EcrTask['ecr'], private readonly target: ScanTarget) {}

  /** Returns all pages of findings when the scan is complete. Starts a scan if there is none or if the last one is too old. */
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
      // each finding counts only once, so that all pages can be read again from the start
      await this.pause('its findings changed while they were read');
      page = await this.waitForFindings();
    }
  }

  private async waitForFindings(): Promise<Page> {
    for (;;) {
      const page = await this.read();
      const { status, description = '' } = page?.imageScanStatus ?? {};
      const completedAt = page && isComplete(page) ? page.imageScanFindings!.imageScanCompletedAt!.getTime() : undefined;
      if (completedAt !== undefined && !this.isTooOld(page!, completedAt)) {
        const doubt = await this.doubtOf(page!, completedAt);
        if (doubt === undefined) return page!;
        await this.pause(doubt);
        continue;
      }
      if (status !== undefined && !WAITING.includes(status)) this.throwIfUnusable(status, description);
      if (status === undefined || status === 'FAILED') await this.start(description);
      else if (completedAt !== undefined) await this.start();
      await this.pause(completedAt !== undefined ? `the last scan, of ${toText(completedAt)}, is too old${this.refusal}`
        : DONE.includes(status ?? '') ? `${status} without a completion time` : status ?? 'not started');
    }
  }

  /** With enhanced scanning on push, an image is scanned only at its push, and no other scan can be started. */
  private isTooOld({ imageScanStatus, imageScanFindings }: Page, completedAt: number): boolean {
    return imageScanStatus?.status === 'COMPLETE' && !imageScanFindings?.enhancedFindings && !this.isEnhanced
      && this.task.clock.now() - completedAt > this.target.maxScanAgeSeconds * 1_000;
  }

  /** Returns why the findings of an enhanced scan can be missing or incomplete; undefined if they are complete. */
  private async doubtOf({ imageScanStatus, imageScanFindings = {} }: Page, completedAt: number): Promise<string | undefined> {
    const { task, target: { repositoryName, digest } } = this;
    const { findings = [], enhancedFindings } = imageScanFindings;
    if (imageScanStatus?.status !== 'ACTIVE' && !enhancedFindings) return undefined;
    if (findings.length === 0 && !enhancedFindings?.length) {
      // an image that was deleted and pushed again, or that Amazon Inspector has not scanned yet
      const pushedAt = (await describeImage(task, repositoryName, digest))?.imagePushedAt?.getTime() ?? 0;
      if (completedAt < pushedAt) return `no findings, but the last scan, of ${toText(completedAt)}, is older than the image`;
    }
    const now = task.clock.now();
    this.enhancedSince ??= now;
    const isSettled = now - completedAt >= SETTLING || now - this.enhancedSince >= SETTLING;
    return isSettled ? undefined : `it ended at ${toText(completedAt)}, and its first findings can be incomplete`;
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
    throw new UserError(`Repository '${repositoryName}': the image ${digest} has no findings to check (${reason}).`
      + ` ${REMEDIES[status] ?? 'Push it again, or scan it manually, and deploy again'}.`);
  }

  private async start(failureReason = ''): Promise<void> {
    if (this.isStarted) return;
    this.isStarted = true;
    const { task, target: { repositoryName, digest: imageDigest } } = this;
    const input = { repositoryName, imageId: { imageDigest } };
    try {
      await sendCommand(task, this.ecrOnce, StartImageScanCommand, input);
      task.log(`repository '${repositoryName}': started a scan of ${imageDigest}`);
    } catch (error) {
      if (isTransient(error)) {
        this.isStarted = false; // the scan is started again after the next read
        return;
      }
      if (isNamed(error, 'UnsupportedImageTypeException')) throw this.unsupportedError((error as Error).message);
      if (isNamed(error, 'ImageArchivedException')) throw archivedError(repositoryName, imageDigest, 'ARCHIVED');
      if (isNamed(error, 'LimitExceededException') && failureReason !== '') {
        throw new UserError(`Repository '${repositoryName}': the scan of ${imageDigest} failed (${failureReason}),`
          + ' and ECR scans an image only once in 24 hours. Try again tomorrow, or push the image again.');
      }
      // a scan was started in the last 24 hours, or scanning is enhanced, whose scans cannot be started
      if (!isNamed(error, 'LimitExceededException', 'ValidationException')) throw error;
      this.refusal = `, and ECR does not start another one: ${(error as Error).message.replace(/\.$/, '')}`;
      if (!isNamed(error, 'ValidationException')) return;
      await this.requireEnhanced();
      this.isEnhanced = true;
    }
  }

  /** With enhanced scanning, a repository is never scanned if it matches none of the filters. */
  private async requireEnhanced(): Promise<void> {
    if (await this.readFrequency() !== 'MANUAL') return;
    throw new UserError(`Repository '${this.target.repositoryName}' is never scanned: enhanced scanning is on for the registry,`
      + ' and none of its filters matches the repository. Add a filter (aws ecr put-registry-scanning-configuration), and deploy again.');
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
    return new UserError(`Repository '${repositoryName}': the scan of ${digest} is not finished (${state}, scan frequency ${frequency}).`
      + ' The scan continues. Increase \'timeout\', or deploy again when the scan is finished.');
  }

  private unsupportedError(reason: string): UnsupportedImage {
    return new UnsupportedImage(`Repository '${this.target.repositoryName}': no scanner supports ${this.target.digest} (${reason}).`
      + ' Use a base image that the scanners support, or allow the image with \'allowUnsupported\'.');
  }
}

/**
 * ACTIVE means that enhanced scanning keeps the findings up to date. Before the first findings, ECR can return either status without a
 * completion time.
 * https://github.com/aws/aws-sdk/issues/289
 */
const DONE: readonly string[] = ['COMPLETE', 'ACTIVE'];
const WAITING: readonly string[] = ['PENDING', 'IN_PROGRESS', ...DONE];

function isComplete({ imageScanStatus, imageScanFindings }: Page): boolean {
  return DONE.includes(imageScanStatus?.status ?? '') && imageScanFindings?.imageScanCompletedAt !== undefined;
}

function toText(time: number): string {
  return new Date(time).toISOString();
}

const REMEDIES: Readonly<Record<string, string>> = {
  SCAN_ELIGIBILITY_EXPIRED: 'Amazon Inspector scans an image only for a limited time. Push it again, or extend that time, and deploy again',
  FINDINGS_UNAVAILABLE: 'Amazon Inspector does not return the findings now. Try again later',
  LIMIT_EXCEEDED: 'The quota of scans is exhausted. Try again tomorrow',
  IMAGE_SIZE_EXCEEDED: 'It is too large to be scanned. Make it smaller',
};
