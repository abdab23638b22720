import { Finding, FindingKind, MAX_FINDINGS, UNPROTECTED_KINDS } from '../../src/core/shield/findings';

const REPOSITORY_KINDS: readonly FindingKind[] = ['repository-missing', 'repository-denied'];

/** The findings of one partition, and the number of images without protection. */
export class Findings {
  private readonly list = new Array<Finding>();
  private more = 0;
  private readonly unreachable = new Set<string>();
  private readonly counts: Partial<Record<FindingKind, number>> = {};
  /** Images without protection by repository. Each finding about them names one. */
  readonly unprotectedIn = new Map<string, number>();

  /** @param images number of images in use that the finding is about */
  add(finding: Finding, images = 1): void {
    const { kind, repositoryName } = finding;
    if (UNPROTECTED_KINDS.includes(kind)) {
      this.counts[kind] = (this.counts[kind] ?? 0) + images;
      if (repositoryName !== undefined) this.unprotectedIn.set(repositoryName, (this.unprotectedIn.get(repositoryName) ?? 0) + images);
    }
    if (repositoryName !== undefined && REPOSITORY_KINDS.includes(kind)) this.unreachable.add(repositoryName);
    if (this.list.length < MAX_FINDINGS) this.list.push(finding);
    else this.more++;
  }

  /** Whether all calls for the repository fail. */
  isUnreachable(repositoryName: string): boolean {
    return this.unreachable.has(repositoryName);
  }

  /** Whether a repository denied access or did not exist. */
  get hasUnreachable(): boolean {
    return this.unreachable.size > 0;
  }

  get result(): { findings: readonly Finding[]; moreFindings: number; unprotected: Readonly<Partial<Record<FindingKind, number>>> } {
    return { findings: this.list, moreFindings: this.more, unprotected: this.counts };
  }
}
