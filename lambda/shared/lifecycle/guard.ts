import type { LifecyclePolicyPreviewResult } from '@aws-sdk/client-ecr';
import type { LifecycleClients } from './clients';
import { FindInCopies, searchDestinations } from './destination-findings';
import { previewLifecycle } from './preview';
import { UserLookup } from './user-lookup';
import { REFUSED_BY_GUARD } from '../../../src/core/events/refusal-text';
import { INDEX_MEDIA_TYPES } from '../../../src/core/images/media-types';
import { AffectedImage, asksAboutImages, Guard, guardFindings } from '../../../src/core/lifecycle/guard';
import { parseRepositoryArn } from '../../../src/core/repository-arn';
import { GUARD_ATTRIBUTES } from '../../../src/core/wire/lifecycle-guard';
import type { RoleToAssume } from '../../../src/core/wire/location';
import { allImages } from '../images/listing';
import type { Reference } from '../in-use/reference';
import { referencesTo } from '../in-use/references';
import { UserError, isRepositoryMissing } from '../protocol/errors';
import type { Job } from '../protocol/job';
import type { Attributes } from '../protocol/response';
import { repositoryName } from '../repository/repository';

/** Attributes if there was no preview, because nothing would change or the repository does not exist yet. */
export const NO_EFFECT: Attributes = {
  [GUARD_ATTRIBUTES.expiring]: '0', [GUARD_ATTRIBUTES.archiving]: '0', [GUARD_ATTRIBUTES.findings]: '',
};

/** In bytes. The attribute is a part of the response, which can have at most 4 KB. */
const MAX_FINDINGS = 1_500;

interface GuardCheck {
  readonly repositoryArn: string;
  readonly policyText: string;
  readonly guard: Guard;
}

/** What a policy would do to one repository. The numbers are missing if ECR's preview failed. */
export interface GuardEffect {
  readonly findings: readonly string[];
  readonly expiring?: number;
  readonly archiving?: number;
}

/** Where a guard searches beyond the repository. */
export interface GuardSearch {
  /** Finds what runs from the images of a repository. */
  readonly findReferences: (repositoryArn: string) => Promise<readonly Reference[]>;
  /** Finds what the guard refuses in the registries where ECR repeats the deletion of images. */
  readonly findInCopies: FindInCopies;
}

/**
 * Runs ECR's preview of a text and checks its effect against the guard. A guard that only warns throws only if the function times out.
 *
 * @param role role of the repository's account, if the function runs in another account
 * @throws UserError if the guard refuses, or if a condition cannot be checked
 */
export async function checkGuard(
  job: Job<unknown>, clients: LifecycleClients, repositoryArn: string, policyText: string, guard: Guard, role?: RoleToAssume,
): Promise<Attributes> {
  const effect = await previewEffect(job, { repositoryArn, policyText, guard }, {
    findReferences: arn => referencesTo(job, clients, arn, guard.inUseBy),
    findInCopies: searchDestinations(job, clients, guard, role),
  });
  const { findings } = effect;
  const name = repositoryName(repositoryArn);
  if (findings.length > 0 && guard.mode === 'refuse') {
    throw new UserError(
      `Repository '${name}': ${REFUSED_BY_GUARD}, and nothing was changed: ${findings.join('; ')}.`
      + ' Correct the policy or change the guard, and deploy again. To list all affected images, run this command soon, because ECR'
      + ` keeps the preview only for a limited time:\n${previewCommand(repositoryArn)}`,
    );
  }
  return guardAttributes(effect, findings);
}

/** Returns the command that lists all images on which the previewed policy would act. */
export function previewCommand(repositoryArn: string): string {
  return `aws ecr get-lifecycle-policy-preview --region ${parseRepositoryArn(repositoryArn)?.region}`
    + ` --repository-name ${repositoryName(repositoryArn)}`;
}

export function guardAttributes({ expiring = 0, archiving = 0 }: Omit<GuardEffect, 'findings'>, findings: readonly string[]): Attributes {
  return {
    [GUARD_ATTRIBUTES.expiring]: String(expiring),
    [GUARD_ATTRIBUTES.archiving]: String(archiving),
    [GUARD_ATTRIBUTES.findings]: Buffer.from(findings.join('; ')).subarray(0, MAX_FINDINGS).toString(),
  };
}

/** Does the same as `checkGuard`, but returns the findings of a guard that refuses. */
export async function previewEffect(job: Job<unknown>, check: GuardCheck, search: GuardSearch): Promise<GuardEffect> {
  const name = repositoryName(check.repositoryArn);
  const effect = await effectOf(job, check, search);
  const { findings, expiring, archiving } = effect;
  if (expiring !== undefined) {
    job.log(`repository '${name}': according to ECR's preview, the lifecycle policy would expire ${expiring}`
      + ` and archive ${archiving} images`);
  }
  for (const finding of findings) job.log(`repository '${name}': ${finding}`);
  return effect;
}

async function effectOf(
  job: Job<unknown>, { repositoryArn, policyText, guard }: GuardCheck, { findReferences, findInCopies }: GuardSearch,
): Promise<GuardEffect> {
  const failures = new Array<string>();
  /** A guard that only warns reports a failed check as a finding. */
  const orFailure = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      const failure = isRepositoryMissing(error) ? deletedRepositoryError(repositoryArn, error) : error as Error;
      if (guard.mode === 'refuse' || job.signal.aborted) throw failure;
      failures.push(failure.message);
      return undefined;
    }
  };
  const preview = await orFailure(previewLifecycle(job, repositoryName(repositoryArn), policyText, asksAboutImages(guard)));
  if (!preview) return { findings: failures };
  const { expiring, archiving, results } = preview;
  const affected = new Map(results.map(result => [result.imageDigest ?? '', affectedImage(result)]));
  const isWithoutEffect = expiring + archiving + affected.size === 0;
  const total = isWithoutEffect ? 0 : await orFailure(addUsage(job, repositoryArn, guard, affected, findReferences));
  const findings = guardFindings(guard, { expiring, total, affected: [...affected.values()] }, Date.now());
  const inCopies = await orFailure(findInCopies(repositoryArn, [...affected.values()]));
  return { expiring, archiving, findings: [...findings, ...inCopies ?? [], ...failures] };
}

function deletedRepositoryError(repositoryArn: string, cause: unknown): UserError {
  return new UserError(`Repository '${repositoryName(repositoryArn)}' was deleted while its lifecycle policy was being checked.`
    + ' Nothing was changed. Find out who deleted the repository, then deploy again.', { cause });
}

function affectedImage(
  { imageDigest = '', imageTags = [], imagePushedAt, action, appliedRulePriority = 0 }: LifecyclePolicyPreviewResult,
): AffectedImage {
  return {
    digest: imageDigest,
    tags: imageTags,
    pushedAt: imagePushedAt?.getTime() ?? Infinity, // an unknown time counts as recent
    action: action?.type === 'TRANSITION' ? 'TRANSITION' : 'EXPIRE',
    rulePriority: appliedRulePriority,
  };
}

/**
 * Adds what a preview does not return: the time of the last pull of each image, and what runs from it.
 *
 * @returns the number of all images, if the guard needs it
 */
async function addUsage(
  job: Job<unknown>, repositoryArn: string, guard: Guard, affected: Map<string, AffectedImage>,
  findReferences: GuardSearch['findReferences'],
): Promise<number | undefined> {
  const { maxPercentage, pulledWithin, inUseBy } = guard;
  if (maxPercentage === undefined && pulledWithin === undefined && inUseBy.length === 0) return undefined;
  const users = new UserLookup(await findReferences(repositoryArn));
  const indexes = new Set<string>();
  let total = 0;
  for await (const page of allImages(job, repositoryName(repositoryArn))) {
    total += page.length;
    for (const { imageDigest = '', imageTags = [], imageManifestMediaType = '', lastRecordedPullTime } of page) {
      if (inUseBy.length > 0 && INDEX_MEDIA_TYPES.includes(imageManifestMediaType)) indexes.add(imageDigest);
      users.addTags(imageDigest, imageTags);
      const image = affected.get(imageDigest);
      if (image && lastRecordedPullTime) affected.set(imageDigest, { ...image, lastRecordedPullTime: lastRecordedPullTime.getTime() });
    }
  }
  const usersByDigest = await users.findUsers(job, repositoryName(repositoryArn), [...affected.keys()], indexes);
  for (const [digest, usedBy] of usersByDigest) affected.set(digest, { ...affected.get(digest)!, usedBy });
  return total;
}
