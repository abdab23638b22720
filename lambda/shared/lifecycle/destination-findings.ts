import type { LifecycleClients } from './clients';
import { UserLookup } from './user-lookup';
import { dependsOnRegistry } from '../../../src/core/images/guards';
import { AffectedImage, Guard, guardFindings } from '../../../src/core/lifecycle/guard';
import type { RoleToAssume } from '../../../src/core/wire/location';
import { searchCopiesOnce } from '../in-use/find-uses';
import { referencesIn, UseLookup } from '../in-use/reference';
import type { EcrTask } from '../protocol/job';
import { CopyWithImages, DeletionDestinations } from '../registry/deletion-destinations';
import { repositoryName } from '../repository/repository';

/** Returns the findings about the images on which a policy would act. */
export type FindInCopies = (repositoryArn: string, affected: readonly AffectedImage[]) => Promise<string[]>;

/**
 * Searches the registries where ECR repeats the deletions of expired images. It does not repeat that an image is archived. For several
 * repositories of one registry, the replication rules and the workloads are read once.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication-delete.html
 */
export function searchDestinations(task: EcrTask, clients: LifecycleClients, guard: Guard, role?: RoleToAssume): FindInCopies {
  const destinations = new DeletionDestinations(task, clients, role);
  const findUses = searchCopiesOnce(task, clients, guard.inUseBy);
  return async (repositoryArn, affected) => {
    const expiring = new Map(affected.flatMap(image => image.action === 'EXPIRE' ? [[image.digest, image] as const] : []));
    if (!dependsOnRegistry(guard) || expiring.size === 0) return [];
    const copies = await destinations.readCopies(repositoryArn);
    if ('unseen' in copies) return [copies.unseen];
    const findings = new Array<string>();
    for (const copy of copies) {
      if ('unseen' in copy) findings.push(copy.unseen);
      else findings.push(...await findingsOf(task, guard, copy, expiring, findUses));
    }
    return findings;
  };
}

async function findingsOf(
  task: EcrTask, { mode, protectedTags, pulledWithin, inUseBy }: Guard, { arn, where, images }: CopyWithImages,
  expiring: ReadonlyMap<string, AffectedImage>, findUses: (copyArn: string) => Promise<UseLookup>,
): Promise<string[]> {
  const copies = images.filter(({ digest }) => expiring.has(digest));
  if (copies.length === 0) return [];
  const lookup = await findUses(arn);
  const users = new UserLookup('unseen' in lookup ? [] : referencesIn(lookup.uses, arn));
  for (const { digest, tags } of images) users.addTags(digest, tags);
  const indexes = new Set(images.flatMap(({ digest, isIndex }) => isIndex ? [digest] : []));
  // the manifest of an index is the same in each registry, and the source may be read
  const usersByDigest = await users.findUsers(task, repositoryName(arn), copies.map(({ digest }) => digest), indexes);
  const affected = copies.map(({ digest, tags, lastRecordedPullTime }): AffectedImage => {
    const usedBy = usersByDigest.get(digest);
    return { ...expiring.get(digest)!, tags, lastRecordedPullTime, ...usedBy === undefined ? {} : { usedBy } };
  });
  const findings = guardFindings({ mode, protectedTags, pulledWithin, inUseBy }, { expiring: copies.length, affected }, Date.now());
  return [...findings, ...'unseen' in lookup ? [lookup.unseen] : []].map(finding => `${where}, ${finding}`);
}
