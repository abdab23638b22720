import { refersTo } from './repository-guards';
import { dependsOnRegistry } from '../../../src/core/images/guards';
import type { HeldImage } from '../../../src/core/images/held-image';
import { checkProtectedTags, checkPullTimes, checkUse, Refusal, TeardownGuards } from '../../../src/core/teardown/guards';
import type { RoleToAssume } from '../../../src/core/wire/location';
import type { EcrClients } from '../aws/ecr-clients';
import type { InUseClients } from '../in-use/clients';
import { searchCopiesOnce } from '../in-use/find-uses';
import { referencesIn, UseLookup } from '../in-use/reference';
import type { EcrTask } from '../protocol/job';
import { CopyWithImages, DeletionDestinations } from '../registry/deletion-destinations';

export interface CopyScope {
  /** Returns the digests of the images that are removed. @default - all images, because the repository is deleted */
  readonly removed?: () => Promise<ReadonlySet<string>>;
  /** Whether the guards were checked in a Region already. */
  isChecked(region: string): boolean;
}

/**
 * The guards in the registries where ECR repeats the deletions of one registry. AWS does not document whether it repeats the deletion of a
 * repository, so that is guarded like the deletion of images.
 */
export class DestinationGuards {
  readonly destinations: DeletionDestinations;
  private readonly findUses: (copyArn: string) => Promise<UseLookup>;

  constructor(
    task: EcrTask, clients: InUseClients & EcrClients, private readonly guards: TeardownGuards, role?: RoleToAssume,
  ) {
    this.destinations = new DeletionDestinations(task, clients, role);
    this.findUses = searchCopiesOnce(task, clients, guards.inUseBy);
  }

  /** Returns all refusals. Without a guard that depends on the registry, nothing is read. */
  async check(repositoryArn: string, { removed, isChecked }: CopyScope): Promise<Refusal[]> {
    if (!dependsOnRegistry(this.guards)) return [];
    const copies = await this.destinations.readCopies(repositoryArn, isChecked);
    if ('unseen' in copies) return [{ limit: 'deleteReplication, unseen', because: copies.unseen }];
    const digests = copies.some(copy => 'images' in copy) ? await removed?.() : undefined;
    const refusals = new Array<Refusal>();
    for (const copy of copies) {
      if ('unseen' in copy) {
        refusals.push({ limit: `deleteReplication=${copy.place}`, because: copy.unseen });
        continue;
      }
      const images = copy.images.filter(({ digest }) => digests?.has(digest) ?? true);
      for (const { limit, because } of await this.checkCopy(copy, images)) {
        refusals.push({ limit: `${limit} in ${copy.place}`, because: `${copy.where}, ${because}` });
      }
    }
    return refusals;
  }

  private async checkCopy({ arn }: CopyWithImages, images: readonly HeldImage[]): Promise<Refusal[]> {
    if (images.length === 0) return [];
    const { protectedTags, pulledWithin, inUseBy } = this.guards;
    const lookup = inUseBy.length === 0 ? { uses: [] } : await this.findUses(arn);
    const references = 'unseen' in lookup ? [] : referencesIn(lookup.uses, arn).filter(reference => refersTo(reference, images));
    return [
      ...checkProtectedTags(protectedTags, images),
      ...checkPullTimes(pulledWithin, images, Date.now()),
      ...checkUse(inUseBy, references.map(({ usedBy }) => usedBy), 'unseen' in lookup ? lookup.unseen : undefined),
    ];
  }
}
