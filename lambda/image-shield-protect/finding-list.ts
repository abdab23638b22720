import { Finding, FindingKind, MAX_FINDINGS, UNPROTECTED_KINDS } from '../../src/core/shield/findings';

const REPOSITORY_KINDS: readonly FindingKind[] = ['repository-missing', 'repository-denied'];

/** The findings of one partition, and the number of images without protection. */
export class Findings {
  private readonly list = new Array<Finding>();
  private more = 0;
  private readonly unreachable = new Set<string>();
  private readonly counts: Partial<Record<FindingKind, number>> = {};

  /** @param images number of images in use that the finding is about */
  add(finding: Finding, images = 1): void {
    if (UNPROTECTED_KINDS.includes(finding.kind)) this.counts[finding.kind] = (this.counts[finding.kind] ?? 0) + images;
    if (finding.repositoryName !== undefined && REPOSITORY_KINDS.includes(finding.kind)) this.unreachable.add(finding.repositoryName);
    if (this.list.length < MAX_FINDINGS) this.list.push(finding);
    else this.more++;
  }

  /** Whether all calls for the repository fail. */
  isUnreachable(repositoryName: string): boolean {
    return this.unreachable.has(repositoryName);
  }

  get result(): { findings: readonly Finding[]; moreFindings: number; unprotected: Readonly<Partial<Record<FindingKind, number>>> } {
    return { findings: this.list, moreFindings: this.more, unprotected: this.counts };
  }
}
