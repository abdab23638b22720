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
  /** Of images with a real manifest: its config and layers. */
  readonly layers?: readonly string[];
  readonly subject?: string;
  readonly size: number;
  readonly pushedAt: number;
  /** Computed on demand where 100,000 texts would cost memory. */
  readonly manifest: () => string;
  readonly tags: string[];
  status: ImageStatus;
  lastArchivedAt?: number;
  lastActivatedAt?: number;
  lastRecordedPullTime?: number;
}

export interface AttachedLifecyclePolicy {
  readonly text: string;
  /** 0 before the first run. */
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

/** Taken of the repository at its start, told when it is complete. */
export interface LifecyclePreview {
  /** Page tokens are good for one preview. */
  readonly id: string;
  readonly text: string;
  readonly results: readonly PreviewResult[];
  status: 'IN_PROGRESS' | 'COMPLETE' | 'EXPIRED' | 'FAILED';
  /** How many Get calls still read IN_PROGRESS. */
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

/** One repository: images with their tags, and the reverse indexes that answer "who references this" without a scan. */
export class Repository {
  readonly tags = new Map<string, string>();
  mutability: TagMutability = 'MUTABLE';
  exclusionFilters = new Array<string>();
  /** With roles and users as their unique ids, see PolicyPrincipals. */
  policy?: RepositoryPolicy;
  lifecyclePolicy?: AttachedLifecyclePolicy;
  preview?: LifecyclePreview;
  /** How far seeding got, so that a second one goes on from there. */
  readonly seeded = { images: 0, tagged: 0 };
  readonly layers = new Map<string, StoredLayer>();
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

  /** In order of push. Costs one pass after deletions, nothing otherwise, so a page costs what it holds. */
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

  /** Whether the tag stays on its image. Exclusion filters name the tags that are an exception to the setting of the repository. */
  isImmutable(tag: string): boolean {
    const isExcluded = this.exclusionFilters.some(filter => globMatches(filter, tag));
    return this.mutability.startsWith('IMMUTABLE') !== isExcluded;
  }

  /** Puts a tag on an image, taking it off the one that had it. */
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
