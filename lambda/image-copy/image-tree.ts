import type { ImageSource } from './source';
import { Descriptor, indexOf, isIndex, Manifest, ManifestProblem, parseManifest } from '../../src/core/images/manifest';
import { attestationsOf, choosePlatforms, platformName } from '../../src/core/images/platform';
import { runConcurrently } from '../shared/aws/run-concurrently';
import { FetchedManifest, sha256 } from '../shared/images/manifest';
import { UserError } from '../shared/protocol/errors';
import type { Task } from '../shared/protocol/job';

const MANIFESTS_AT_ONCE = 4;
/** Levels of indexes in indexes. An index that is nested deeper refers to itself, because the registry is broken. */
const DEEPEST = 10;

/** A manifest, and what it refers to. */
export interface ImageNode extends FetchedManifest {
  readonly manifest: Manifest;
}

export interface ImageTree {
  readonly root: ImageNode;
  /** Everything that the root refers to, each before what refers to it; without the root. */
  readonly parts: readonly ImageNode[];
  /** What refers to the root or a part of it, each after what it refers to. */
  readonly attached: readonly ImageNode[];
  /** Artifacts that cosign attached by tag. */
  readonly attachedTags: ReadonlyMap<string, ImageNode>;
}

export interface TreePlan {
  readonly tagOrDigest: string;
  readonly platforms?: readonly string[];
  /** Index of fewer platforms that an earlier deployment created, to continue with. */
  readonly reducedIndex?: FetchedManifest;
  readonly referrers: boolean;
}

/** Tags that cosign gives to what it attaches, beside referrers. https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
const COSIGN_SUFFIXES = ['sig', 'att', 'sbom'];

/** Reads all manifests of an image, and no layers. */
export async function readTree(task: Task, source: ImageSource, plan: TreePlan): Promise<ImageTree> {
  const reader = new TreeReader(task, source);
  const root = await reader.root(plan);
  const parts = (await reader.collect(root)).filter(({ digest }) => digest !== root.digest);
  return { root, parts, ...plan.referrers ? await reader.attachedTo([...parts, root]) : { attached: [], attachedTags: new Map() } };
}

class TreeReader {
  private readonly known = new Map<string, ImageNode>();

  constructor(private readonly task: Task, private readonly source: ImageSource) {}

  async root({ tagOrDigest, platforms, reducedIndex }: TreePlan): Promise<ImageNode> {
    if (reducedIndex) return this.remember(reducedIndex);
    const node = await this.read(tagOrDigest);
    return platforms ? this.choose(node, platforms) : node;
  }

  async read(tagOrDigest: string): Promise<ImageNode> {
    const known = this.known.get(tagOrDigest);
    if (known) return known;
    this.task.progress(`reading manifests of ${this.source.name} (${this.known.size} so far)`);
    return this.remember(await this.source.manifest(tagOrDigest));
  }

  /** For one platform, its image as it is; for several, an index of fewer images. */
  async choose(root: ImageNode, platforms: readonly string[]): Promise<ImageNode> {
    const { name } = this.source;
    if (!isIndex(root.manifest.mediaType)) {
      throw new UserError(`'platforms' is given, but ${root.digest} of ${name} is one image and no index — leave 'platforms' out`);
    }
    const { children } = root.manifest;
    const { images, missing } = choosePlatforms(children, platforms);
    if (missing.length > 0) {
      const available = children.flatMap(({ platform }) => platform && platform.os !== 'unknown' ? [platformName(platform)] : []);
      throw new UserError(`${root.digest} of ${name} has no image for ${missing.join(', ')},`
        + ` it has: ${available.join(', ') || 'none that says its platform'} — choose among these`);
    }
    if (images.length === 1 && platforms.length === 1) return this.read(images[0].digest);
    const digests = new Set([...images, ...attestationsOf(children, images)].map(({ digest }) => digest));
    if (children.every(({ digest }) => digests.has(digest))) return root;
    const text = indexOf(root.text, digests);
    return this.remember({ text, mediaType: root.manifest.mediaType, digest: sha256(text) });
  }

  /** Children first. */
  async collect(node: ImageNode, depth = 0, into = new Map<string, ImageNode>()): Promise<ImageNode[]> {
    if (depth > DEEPEST) {
      throw new UserError(`${node.digest} of ${this.source.name} is nested deeper than ${DEEPEST} indexes — push an index that is not`);
    }
    const { children } = node.manifest;
    await runConcurrently(children, MANIFESTS_AT_ONCE, async child => { await this.readChild(child, node); });
    for (const { digest } of children) {
      if (!into.has(digest)) await this.collect(await this.read(digest), depth + 1, into);
    }
    into.set(node.digest, node);
    return [...into.values()];
  }

  async attachedTo(nodes: readonly ImageNode[]): Promise<Pick<ImageTree, 'attached' | 'attachedTags'>> {
    const attached = new Map<string, ImageNode>();
    const attachedTags = new Map<string, ImageNode>();
    const seen = new Set(nodes.map(({ digest }) => digest));
    const queue = [...nodes];
    for (let node = queue.shift(); node; node = queue.shift()) {
      const referrers = (await this.source.referrers(node.digest)).filter(digest => !seen.has(digest));
      await runConcurrently(referrers, MANIFESTS_AT_ONCE, async digest => { await this.read(digest); });
      const nodesByTag = await this.readCosignTags(node.digest);
      for (const [tag, artifact] of nodesByTag) attachedTags.set(tag, artifact);
      for (const artifact of [...referrers.map(digest => this.known.get(digest)!), ...nodesByTag.values()]) {
        if (seen.has(artifact.digest)) continue;
        for (const part of await this.collect(artifact)) {
          seen.add(part.digest);
          attached.set(part.digest, part);
        }
        queue.push(artifact);
      }
    }
    return { attached: [...attached.values()], attachedTags };
  }

  private async readCosignTags(digest: string): Promise<Map<string, ImageNode>> {
    const entries = await Promise.all(COSIGN_SUFFIXES.map(async suffix => {
      const tag = `${digest.replace(':', '-')}.${suffix}`;
      const fetched = await this.source.tryManifest(tag);
      return fetched ? [[tag, this.remember(fetched)] as const] : [];
    }));
    return new Map(entries.flat());
  }

  private async readChild({ digest, platform }: Descriptor, parent: ImageNode): Promise<void> {
    if (this.known.has(digest)) return;
    const fetched = await this.source.tryManifest(digest);
    if (!fetched) {
      const image = `${digest}${platform ? ` (${platformName(platform)})` : ''}`;
      throw new UserError(`The index ${parent.digest} of ${this.source.name} refers to ${image}, which is not there`
        + ' — push the whole index again, or choose \'platforms\' that are there');
    }
    this.remember(fetched);
  }

  private remember(fetched: FetchedManifest): ImageNode {
    try {
      const node = { ...fetched, manifest: parseManifest(fetched.text, fetched.mediaType) };
      this.known.set(fetched.digest, node);
      return node;
    } catch (error) {
      if (!(error instanceof ManifestProblem)) throw error;
      throw new UserError(`${fetched.digest} of ${this.source.name} cannot be copied: ${error.message}`
        + ' — push the image anew with a current client');
    }
  }
}
