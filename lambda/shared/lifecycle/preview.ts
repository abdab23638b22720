import { GetLifecyclePolicyPreviewCommand, StartLifecyclePolicyPreviewCommand } from '@aws-sdk/client-ecr';
import type { GetLifecyclePolicyPreviewResponse, LifecyclePolicyPreviewResult } from '@aws-sdk/client-ecr';
import { sameLifecycle } from '../../../src/core/lifecycle/normal-form';
import { sendToEcr } from '../aws/send-command';
import { UserError, isNamed } from '../protocol/errors';
import type { Job } from '../protocol/job';

/** ECR runs one preview per repository at a time. AWS does not document how long ECR keeps the result. */
const PATIENCE = 10 * 60_000;
const PAUSE = 3_000;
/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetLifecyclePolicyPreview.html */
const PAGE = 100;

const FOREIGN_PREVIEW = 'another lifecycle policy preview, which this function did not start, was in progress';
const REPLACED_PREVIEW = 'its lifecycle policy preview was replaced';

export interface PreviewedEffect {
  readonly expiring: number;
  readonly archiving: number;
  /** All results, or those of the first page. */
  readonly results: readonly LifecyclePolicyPreviewResult[];
}

/** Returns what a policy would do to a repository now, according to ECR's preview, which deletes nothing. */
export async function previewLifecycle(
  job: Job<unknown>, repositoryName: string, policyText: string, allResults: boolean,
): Promise<PreviewedEffect> {
  const end = job.clock.now() + PATIENCE;
  for (;;) {
    // a preview in progress may be of the same text, from an earlier attempt of this function whose response was lost
    const isOwn = await start(job, repositoryName, policyText);
    const effect = await read(job, { repositoryName, policyText, allResults, isOwn, end });
    if (typeof effect === 'object') return effect;
    job.log(`repository '${repositoryName}': ${effect}, trying again`);
    await wait(job, end, repositoryName, effect === FOREIGN_PREVIEW ? effect : `${effect} repeatedly`);
  }
}

/** @returns false if another preview is in progress */
async function start(job: Job<unknown>, repositoryName: string, lifecyclePolicyText: string): Promise<boolean> {
  job.progress(`starting a lifecycle policy preview of repository '${repositoryName}'`);
  try {
    const input = { repositoryName, lifecyclePolicyText };
    await sendToEcr(job, StartLifecyclePolicyPreviewCommand, input);
    return true;
  } catch (error) {
    if (isNamed(error, 'LifecyclePolicyPreviewInProgressException')) return false;
    if (!isNamed(error, 'InvalidParameterException')) throw error;
    throw new UserError(`Repository '${repositoryName}': ECR rejected the lifecycle policy. Correct it and deploy again.\n`
      + `${(error as Error).message}`, { cause: error });
  }
}

interface PreviewRequest {
  readonly repositoryName: string;
  readonly policyText: string;
  readonly allResults: boolean;
  /** Whether the preview was started by this request. */
  readonly isOwn: boolean;
  readonly end: number;
}

/** @returns the effect, or the reason why there is none: the result has expired, is of another text, or is incomplete */
async function read(job: Job<unknown>, request: PreviewRequest): Promise<PreviewedEffect | string> {
  const { repositoryName, policyText, allResults, isOwn, end } = request;
  const results = new Array<LifecyclePolicyPreviewResult>();
  let counts = { expiring: 0, archiving: 0 };
  let nextToken: string | undefined;
  for (;;) {
    const page = await readPage(job, repositoryName, nextToken, results.length);
    if (!page || page.status === 'EXPIRED') return 'its lifecycle policy preview expired';
    if (page.lifecyclePolicyText === undefined ? !isOwn : !sameLifecycle(page.lifecyclePolicyText, policyText)) {
      return isOwn ? REPLACED_PREVIEW : FOREIGN_PREVIEW;
    }
    if (page.status === 'FAILED') {
      throw new UserError(`Repository '${repositoryName}': ECR's preview of the lifecycle policy failed, so that its effect is unknown.`
        + ' Nothing was changed. Try again.');
    }
    if (page.status === 'COMPLETE') {
      counts = countsOf(page);
      results.push(...page.previewResults ?? []);
      nextToken = page.nextToken;
      // UNCERTAIN: whether the summary covers all pages. It does if it counts more images than were listed
      if (!nextToken || (!allResults && counts.expiring + counts.archiving > results.length)) break;
    } else {
      nextToken = undefined; // another preview was started, so that the pages read so far are of the previous one
      results.length = 0;
      await wait(job, end, repositoryName, 'its preview was in progress');
    }
  }
  const countListed = (type: string) =>
    new Set(results.filter(result => result.action?.type === type).map(result => result.imageDigest)).size;
  const effect = {
    expiring: Math.max(counts.expiring, countListed('EXPIRE')),
    archiving: Math.max(counts.archiving, countListed('TRANSITION')),
    results,
  };
  const isComplete = !allResults || countListed('EXPIRE') + countListed('TRANSITION') >= effect.expiring + effect.archiving;
  return isComplete ? effect : REPLACED_PREVIEW; // pages whose counts do not match the summary are of two previews
}

function countsOf({ summary }: GetLifecyclePolicyPreviewResponse): { expiring: number; archiving: number } {
  return {
    expiring: summary?.expiringImageTotalCount ?? 0,
    archiving: summary?.transitioningImageTotalCounts?.reduce((total, { imageTotalCount = 0 }) => total + imageTotalCount, 0) ?? 0,
  };
}

async function readPage(
  job: Job<unknown>, repositoryName: string, nextToken: string | undefined, resultCount: number,
): Promise<GetLifecyclePolicyPreviewResponse | undefined> {
  job.progress(`reading the lifecycle policy preview of repository '${repositoryName}' (${resultCount} results so far)`);
  try {
    const input = { repositoryName, nextToken, maxResults: PAGE };
    return await sendToEcr(job, GetLifecyclePolicyPreviewCommand, input);
  } catch (error) {
    // a page token is valid for only one preview
    const isVoid = nextToken !== undefined && isNamed(error, 'InvalidParameterException');
    if (isVoid || isNamed(error, 'LifecyclePolicyPreviewNotFoundException')) return undefined;
    throw error;
  }
}

async function wait(job: Job<unknown>, end: number, repositoryName: string, what: string): Promise<void> {
  if (job.clock.now() >= end) {
    throw new UserError(`Repository '${repositoryName}': ${what} for ${PATIENCE / 60_000} minutes, so that the effect of the lifecycle`
      + ' policy is unknown. Nothing was changed. Try again later.');
  }
  await job.clock.sleep(PAUSE);
}
