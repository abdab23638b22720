import { globMatches } from './iam-patterns';
import type { StoredLayer } from './layer-store';
import type { RepositoryPolicy } from './repository-policy';

export type ImageStatus = 'ACTIVE' | 'ARCHIVED' | 'ACTIVATING';
export type TagMutability = 'MUTABLE' | 'IMMUTABLE' | 'MUTABLE_WITH_EXCLUSION' | 'IMMUTABLE_WITH_EXCLUSION';

export interface ImageId {
  readonly imageDigest?: string;
  readonly imageTag?: string;
}

export interface StoredImage {
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly annotations?: Record<string, string>;
  readonly children: readonly string[];
  /** Config and layers of an image with a real manifest. */
  readonly layers?: readonly string[];
  readonly subject?: string;
  readonly size: number;
  readonly pushedAt: number;
  /** Computed on demand, because 100,000 texts would need too much memory. */
  readonly manifest: () => string;
  readonly tags: string[];
  status: ImageStatus;
  lastArchivedAt?: number;
  lastActivatedAt?: number;
  lastRecordedPullTime?: number;
}

export interface AttachedLifecyclePolicy {
  readonly text: string;
  /** 0 before the first evaluation. */
  readonly lastEvaluatedAt: number;
}

export interface PreviewResult {
  readonly imageTags?: readonly string[];
  readonly imageDigest: string;
  readonly imagePushedAt: number;
  readonly action: { readonly type: 'EXPIRE' | 'TRANSITION'; readonly targetStorageClass?: 'ARCHIVE' };
  readonly appliedRulePriority: number;
  readonly storageClass: 'STANDARD' | 'ARCHIVE';
}

/** Results from the start of the preview, returned when it is complete. */
export interface LifecyclePreview {
  /** Id of the preview, because page tokens are valid for one preview. */
  readonly id: string;
  readonly text: string;
  readonly results: readonly PreviewResult[];
  status: 'IN_PROGRESS' | 'COMPLETE' | 'EXPIRED' | 'FAILED';
  /** Number of Get calls that still return IN_PROGRESS. */
  pollsLeft: number;
}

export interface RepositorySettings {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly createdAt: number;
  readonly encryption: { readonly encryptionType: string; readonly kmsKey?: string };
  readonly scanOnPush: boolean;
}

/** One repository: images with their tags, and reverse indexes to find references without a scan. */
export class Repository {
  readonly tags = new Map<string, string>();
  mutability: TagMutability = 'MUTABLE';
  exclusionFilters = new Array<string>();
  /** Policy with the unique ids of roles and users, see PolicyPrincipals. */
  policy?: RepositoryPolicy;
  lifecyclePolicy?: AttachedLifecyclePolicy;
  preview?: LifecyclePreview;
  /** Number of seeded images, so that the next call continues there. */
  readonly seeded = { images: 0, tagged: 0 };
  readonly layers = new Map<string, StoredLayer>();
  /** Push times of deleted images that a push brings back, by digest. */
  readonly formerPushes = new Map<string, number>();
  private readonly images = new Map<string, StoredImage>();
  private readonly digestByTag = new Map<string, string>();
  private readonly parents = new Map<string, Set<string>>();
  private readonly referrers = new Map<string, Set<string>>();
  private readonly users = new Map<string, Set<string>>();
  private order = new Array<StoredImage>();

  constructor(readonly settings: RepositorySettings) {}

  get name(): string {
    return this.settings.name;
  }

  get arn(): string {
    return `arn:aws:ecr:${this.settings.region}:${this.settings.account}:repository/${this.settings.name}`;
  }

  get size(): number {
    return this.images.size;
  }

  image(digest: string): StoredImage | undefined {
    return this.images.get(digest);
  }

  digestOfTag(tag: string): string | undefined {
    return this.digestByTag.get(tag);
  }

  /** Returns the images in push order. Needs a pass only after deletions. */
  inOrder(): readonly StoredImage[] {
    if (this.order.length !== this.images.size) this.order = [...this.images.values()];
    return this.order;
  }

  /** The indexes that list this image. */
  parentsOf(digest: string): string[] {
    return [...this.parents.get(digest) ?? []];
  }

  referrersOf(digest: string): StoredImage[] {
    return [...this.referrers.get(digest) ?? []].map(referrer => this.images.get(referrer)!);
  }

  /** Images that were pushed before this one no longer refer to it. */
  forgetReferrers(digest: string): void {
    this.referrers.delete(digest);
  }

  /** The images that a layer is part of. */
  usersOf(layer: string): StoredImage[] {
    return [...this.users.get(layer) ?? []].map(user => this.images.get(user)!);
  }

  add(image: StoredImage): void {
    this.images.set(image.digest, image);
    this.order.push(image);
    for (const child of image.children) link(this.parents, child, image.digest);
    for (const layer of image.layers ?? []) link(this.users, layer, image.digest);
    if (image.subject !== undefined) link(this.referrers, image.subject, image.digest);
    for (const tag of image.tags) this.digestByTag.set(tag, image.digest);
  }

  remove(image: StoredImage): void {
    this.images.delete(image.digest);
    for (const child of image.children) unlink(this.parents, child, image.digest);
    for (const layer of image.layers ?? []) unlink(this.users, layer, image.digest);
    if (image.subject !== undefined) unlink(this.referrers, image.subject, image.digest);
    for (const tag of image.tags) this.digestByTag.delete(tag);
  }

  /** Whether the tag cannot move. Exclusion filters list exceptions from the setting of the repository. */
  isImmutable(tag: string): boolean {
    const isExcluded = this.exclusionFilters.some(filter => globMatches(filter, tag));
    return this.mutability.startsWith('IMMUTABLE') !== isExcluded;
  }

  /** Moves a tag to an image. */
  tag(image: StoredImage, tag: string): void {
    this.untag(tag);
    image.tags.push(tag);
    this.digestByTag.set(tag, image.digest);
  }

  untag(tag: string): void {
    const owner = this.images.get(this.digestByTag.get(tag) ?? '');
    if (owner) owner.tags.splice(owner.tags.indexOf(tag), 1);
    this.digestByTag.delete(tag);
  }
}

function link(index: Map<string, Set<string>>, from: string, to: string): void {
  const entries = index.get(from);
  if (entries) entries.add(to);
  else index.set(from, new Set([to]));
}

function unlink(index: Map<string, Set<string>>, from: string, to: string): void {
  const entries = index.get(from);
  entries?.delete(to);
  if (entries?.size === 0) index.delete(from);
}
