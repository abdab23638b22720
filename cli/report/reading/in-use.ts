import { forOneCall } from './call-task';
import type { ListedRepository } from './registry';
import { usedEcrImage } from '../../../lambda/shared/in-use/reference';
import { SearchError, searchUses } from '../../../lambda/shared/in-use/references';
import { parseRepositoryArn } from '../../../src/core/repository-arn';
import { Interrupted } from '../../session/interruption';
import { describeCallRefusal } from '../../session/refusal';
import type { Session } from '../../session/session';
import type { ReportedImage } from '../figures/image-figures';

const SERVICES = [['ecs', 'Amazon ECS'], ['lambda', 'AWS Lambda']] as const;

/** What was searched in one Region. */
export interface RegionSearch {
  readonly searched: readonly string[];
  readonly problems: readonly string[];
}

interface Uses {
  readonly digests: Set<string>;
  readonly tags: Set<string>;
}

/** What runs in the Regions of a report. A workload can use an image of another Region. */
export class InUse {
  /** Searches each Region once, for images of all repositories. */
  static async search(session: Session, regions: readonly string[]): Promise<InUse> {
    const inUse = new InUse();
    for (const region of regions) inUse.regions.set(region, await inUse.searchRegion(session, region));
    return inUse;
  }

  readonly regions = new Map<string, RegionSearch>();
  private readonly byRepository = new Map<string, Uses>();

  private constructor() {}

  /** Whether a search failed, so that any image may be in use. */
  get isIncomplete(): boolean {
    return [...this.regions.keys()].some(region => this.isIncompleteIn(region));
  }

  isIncompleteIn(region: string): boolean {
    return this.regions.get(region)!.problems.length > 0;
  }

  /** Returns the digests of the images that workloads use by digest or by tag. */
  digestsIn({ arn }: ListedRepository, images: readonly ReportedImage[]): Set<string> {
    const uses = this.byRepository.get(keyOf(parseRepositoryArn(arn)));
    if (!uses) return new Set();
    return new Set(images.filter(({ digest, tags }) => uses.digests.has(digest) || tags.some(tag => uses.tags.has(tag)))
      .map(({ digest }) => digest));
  }

  private async searchRegion({ task, clients }: Session, region: string): Promise<RegionSearch> {
    const [searched, problems] = [new Array<string>(), new Array<string>()];
    for (const [service, name] of SERVICES) {
      try {
        for (const use of await searchUses(forOneCall(task), clients.inUse, { service, region }, region)) {
          const image = usedEcrImage(use);
          if (image) this.add(keyOf({ ...image, account: image.registry }), image);
        }
        searched.push(name);
      } catch (error) {
        const cause = error instanceof SearchError ? error.cause : error;
        if (cause instanceof Interrupted) throw cause;
        problems.push(`${name} in ${region} could not be searched: ${describeCallRefusal(cause)}`);
      }
    }
    return { searched, problems };
  }

  private add(key: string, { digest, tag }: { readonly digest?: string; readonly tag: string }): void {
    const uses = this.byRepository.get(key) ?? { digests: new Set(), tags: new Set() };
    this.byRepository.set(key, uses);
    if (digest === undefined) uses.tags.add(tag);
    else uses.digests.add(digest);
  }
}

function keyOf(place: { readonly account: string; readonly region: string; readonly repositoryName: string } | undefined): string {
  return place ? `${place.account}/${place.region}/${place.repositoryName}` : '';
}
