import { runConcurrently } from '../../../lambda/shared/aws/run-concurrently';
import { allImages } from '../../../lambda/shared/images/listing';
import { isNamed, isRepositoryMissing } from '../../../lambda/shared/protocol/errors';
import type { EcrTask } from '../../../lambda/shared/protocol/job';
import { listRepositoryArns } from '../../../lambda/shared/repository/list-repositories';
import { repositoryName } from '../../../lambda/shared/repository/repository';
import { isSelected, Selection } from '../../../src/core/shield/selection';
import { isKeepTag } from '../../../src/core/shield/tags';
import { Failure } from '../../failure';
import type { Session } from '../../session/session';
import { reasonOf } from '../../teardown/reason';

/** An image with keep tags. */
export interface KeptImage {
  readonly repository: string;
  readonly digest: string;
  readonly keepTags: readonly string[];
  /** All other tags, including the tag of a release. */
  readonly otherTags: readonly string[];
}

export interface FailedRepository {
  readonly repository: string;
  readonly reason: string;
}

/** What a release would change. */
export interface Plan {
  /** By repository, in alphabetical order. */
  readonly images: readonly KeptImage[];
  /** Number of repositories that were read. */
  readonly repositories: number;
  /** Number of images with a tag that has the prefix, but that no shield sets. The command does not change these tags. */
  readonly foreign: number;
  readonly failures: readonly FailedRepository[];
}

const REPOSITORIES_AT_ONCE = 4;

/** Finds the images with keep tags. Makes only calls that read. */
export async function planRelease(
  session: Session, task: EcrTask, region: string, selection: Selection, tagPrefix: string,
): Promise<Plan> {
  const names = await selectedNames(session, task, region, selection);
  const plans = new Map<string, Pick<Plan, 'images' | 'foreign'>>();
  const failures = new Map<string, string>();
  await runConcurrently(names, REPOSITORIES_AT_ONCE, async repository => {
    try {
      plans.set(repository, await readKeptImages(task, repository, tagPrefix));
    } catch (error) {
      session.interruption.check();
      const reason = reasonOf(error, { repository, region });
      // The credentials are the same for every repository.
      if (isNamed(error, 'CredentialsProviderError', 'TokenProviderError')) throw new Failure([reason]);
      if (isRepositoryMissing(error)) session.complain('warning', reason.replace('--region, --registry-id,', '--region'));
      else failures.set(repository, reason);
    }
  });
  const inOrder = names.flatMap(name => plans.get(name) ?? []);
  return {
    images: inOrder.flatMap(({ images }) => images),
    repositories: inOrder.length,
    foreign: inOrder.reduce((sum, { foreign }) => sum + foreign, 0),
    failures: names.flatMap(repository => {
      const reason = failures.get(repository);
      return reason === undefined ? [] : [{ repository, reason }];
    }),
  };
}

async function selectedNames({ interruption }: Session, task: EcrTask, region: string, selection: Selection): Promise<string[]> {
  if (selection.names) return [...selection.names].sort();
  try {
    return (await listRepositoryArns(task)).map(repositoryName).filter(name => isSelected(selection, name)).sort();
  } catch (error) {
    interruption.check();
    throw new Failure([reasonOf(error, { repository: '*', region })]);
  }
}

async function readKeptImages(task: EcrTask, repository: string, tagPrefix: string): Promise<Pick<Plan, 'images' | 'foreign'>> {
  const images = new Array<KeptImage>();
  let foreign = 0;
  for await (const page of allImages(task, repository)) {
    for (const { imageDigest: digest = '', imageTags = [] } of page) {
      const keepTags = imageTags.filter(tag => isKeepTag(tagPrefix, digest, tag));
      if (keepTags.length > 0) images.push({ repository, digest, keepTags, otherTags: imageTags.filter(tag => !keepTags.includes(tag)) });
      else if (imageTags.some(tag => tag.startsWith(tagPrefix))) foreign += 1;
    }
  }
  return { images, foreign };
}
