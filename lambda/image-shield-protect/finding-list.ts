import { Finding, FindingKind, MAX_FINDINGS, selectFindings, UNPROTECTED_KINDS } from '../../src/core/shield/findings';

const REPOSITORY_KINDS: readonly FindingKind[] = ['repository-missing', 'repository-denied'];

/** The findings of one partition, and the number of images without protection. */
export class Findings {
  private readonly list = new Array<Finding>();
  private total = 0;
  private readonly ofKind: Partial<Record<FindingKind, number>> = {};
  private readonly unreachable = new Set<string>();
  private readonly counts: Partial<Record<FindingKind, number>> = {};
  /** Images without protection by repository. Each finding about them names one. */
  readonly unprotectedIn = new Map<string, number>();

  /** @param replicaIn `<registry>/<region>`, if it is not that of the shield, so that a finding says which of two repositories it means */
  constructor(private readonly replicaIn?: string) {}

  /** @param images number of images in use that the finding is about */
  add(found: Finding, images = 1): void {
    const { replicaIn } = this;
    const finding = replicaIn === undefined ? found : { ...found, message: `${replicaIn}: ${found.message}`, environment: replicaIn };
    const { kind, repositoryName } = finding;
    if (UNPROTECTED_KINDS.includes(kind)) {
      this.counts[kind] = (this.counts[kind] ?? 0) + images;
      if (repositoryName !== undefined) this.unprotectedIn.set(repositoryName, (this.unprotectedIn.get(repositoryName) ?? 0) + images);
    }
    if (repositoryName !== undefined && REPOSITORY_KINDS.includes(kind)) this.unreachable.add(repositoryName);
    this.total++;
    const ofKind = this.ofKind[kind] = (this.ofKind[kind] ?? 0) + 1;
    if (ofKind <= MAX_FINDINGS) this.list.push(finding);
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
    const findings = selectFindings(this.list, MAX_FINDINGS);
    return { findings, moreFindings: this.total - findings.length, unprotected: this.counts };
  }
}
