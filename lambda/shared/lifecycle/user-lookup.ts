import { readIndexes } from '../images/listing';
import type { Reference } from '../in-use/reference';
import type { EcrTask } from '../protocol/job';

/** The workloads that run images of one repository. */
export class UserLookup {
  private readonly byTag: ReadonlyMap<string | undefined, string>;
  private readonly byDigest: Map<string, string>;

  constructor(references: readonly Reference[]) {
    this.byTag = new Map(references.map(({ tag, usedBy }) => [tag, usedBy]));
    this.byDigest = new Map(references.flatMap(({ digest, usedBy }) => digest === undefined ? [] : [[digest, usedBy]]));
  }

  /** Adds the tags of an image, which workloads may name. */
  addTags(digest: string, tags: readonly string[]): void {
    const usedTag = tags.find(tag => this.byTag.has(tag));
    if (usedTag !== undefined) this.byDigest.set(digest, this.byTag.get(usedTag)!);
  }

  /**
   * Returns the users of the images that are in use. An index is in use if an image that it refers to is in use. The images of an index in
   * use need no such check: ECR does not delete or archive an image while an index refers to it, and an index in use is a finding itself.
   * https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules
   *
   * @param indexes digests of the indexes of the repository, which is the one of the task
   */
  async findUsers(
    task: EcrTask, repositoryName: string, digests: readonly string[], indexes: ReadonlySet<string>,
  ): Promise<ReadonlyMap<string, string>> {
    if (this.byDigest.size === 0) return new Map();
    const children = new Map<string, string[]>();
    let unread = digests.filter(digest => indexes.has(digest));
    while (unread.length > 0) {
      for (const digest of unread) children.set(digest, []);
      for (const [digest, manifests] of await readIndexes(task, repositoryName, unread)) children.set(digest, manifests);
      unread = [...new Set(unread.flatMap(digest => children.get(digest) ?? []))]
        .filter(digest => indexes.has(digest) && !children.has(digest));
    }
    const userOf = (digest: string): string | undefined =>
      this.byDigest.get(digest) ?? children.get(digest)?.map(userOf).find(user => user !== undefined);
    return new Map(digests.flatMap(digest => {
      const usedBy = userOf(digest);
      return usedBy === undefined ? [] : [[digest, usedBy] as const];
    }));
  }
}
