import { LONGEST_TREE, MOST_MANIFESTS } from './bounds';
import type { ImageSource } from './source';
import { Descriptor, indexOf, isIndex, Manifest, ManifestProblem, parseManifest } from '../../src/core/images/manifest';
import { ATTACHED_TO, attestationsOf, choosePlatforms, platformName } from '../../src/core/images/platform';
import { runConcurrently } from '../shared/aws/run-concurrently';
import { FetchedManifest, sha256 } from '../shared/images/manifest';
import { UserError } from '../shared/protocol/errors';
import type { Task } from '../shared/protocol/job';

const MANIFESTS_AT_ONCE = 4;
/** Number of levels of nested indexes. An index with more levels refers to itself, because the registry is faulty. */
const DEEPEST = 10;

/** A manifest and the digests that it refers to. */
export interface ImageNode extends FetchedManifest {
  readonly manifest: Manifest;
}

export interface ImageTree {
  readonly root: ImageNode;
  /** All manifests that the root refers to, without the root. A manifest comes before those that refer to it. */
  readonly parts: readonly ImageNode[];
  /** Artifacts that refer to the root or to one of its parts. An artifact comes after the manifest that it refers to. */
  readonly attached: readonly ImageNode[];
  /** Artifacts that cosign attached by tag. */
  readonly attachedTags: ReadonlyMap<string, ImageNode>;
}

export interface TreePlan {
  readonly tagOrDigest: string;
  readonly platforms?: readonly string[];
  /** Index of the selected platforms that an earlier deployment created. If it is given, the copy continues with it. */
  readonly reducedIndex?: FetchedManifest;
  readonly referrers: boolean;
}

/**
 * Suffixes of the tags that cosign gives to artifacts that are not referrers.
 * https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
 */
const COSIGN_SUFFIXES = ['sig', 'att', 'sbom'];

/** Reads all manifests of an image, but no layers. */
export async function readTree(task: Task, source: ImageSource, plan: TreePlan): Promise<ImageTree> {
  const reading = { task, source, known: new Map<string, ImageNode>(), bytes: 0 };
  const root = await readRoot(reading, plan);
  const parts = (await collect(reading, root)).filter(({ digest }) => digest !== root.digest);
  return { root, parts, ...plan.referrers ? await readAttached(reading, [...parts, root]) : { attached: [], attachedTags: new Map() } };
}

interface Reading {
  readonly task: Task;
  readonly source: ImageSource;
  /** Manifests by digest. */
  readonly known: Map<string, ImageNode>;
  /** Size of all manifests in `known`. */
  bytes: number;
}

async function readRoot(reading: Reading, { tagOrDigest, platforms, reducedIndex }: TreePlan): Promise<ImageNode> {
  if (reducedIndex) return remember(reading, reducedIndex);
  const node = await read(reading, tagOrDigest);
  return platforms ? choose(reading, node, platforms) : node;
}

async function read(reading: Reading, tagOrDigest: string): Promise<ImageNode> {
  const { task, source, known } = reading;
  const node = known.get(tagOrDigest);
  if (node) return node;
  task.progress(`reading manifests of ${source.name} (${known.size} so far)`);
  const fetched = await source.manifest(tagOrDigest);
  if (!fetched) throw new UserError(`There is no image ${tagOrDigest} in ${source.name}${source.remedy}`);
  return remember(reading, fetched);
}

/** Returns the image of a single platform unchanged, or an index of the images of several platforms. */
async function choose(reading: Reading, root: ImageNode, platforms: readonly string[]): Promise<ImageNode> {
  const { name } = reading.source;
  if (!isIndex(root.manifest.mediaType)) {
    throw new UserError(`'platforms' requires an index, but ${root.digest} of ${name} is a single image. Remove 'platforms'.`);
  }
  const { children } = root.manifest;
  const { images, missing } = choosePlatforms(children, platforms);
  if (missing.length > 0) {
    const available = children.flatMap(({ platform }) => platform && platform.os !== 'unknown' ? [platformName(platform)] : []);
    throw new UserError(`${root.digest} of ${name} has no image for ${missing.join(', ')}. `
      + (available.length > 0 ? `Choose from its platforms: ${available.join(', ')}.`
        : 'Its images have no platforms. Remove \'platforms\'.'));
  }
  if (images.length === 1 && platforms.length === 1) return read(reading, images[0].digest);
  const digests = new Set([...images, ...attestationsOf(children, images)].map(({ digest }) => digest));
  if (children.every(({ digest }) => digests.has(digest))) return root;
  const text = indexOf(root.text, digests);
  return remember(reading, { text, mediaType: root.manifest.mediaType, digest: sha256(text) });
}

/** Returns the manifest and all manifests that it refers to, in an order in which children come first. */
async function collect(reading: Reading, node: ImageNode, depth = 0, into = new Map<string, ImageNode>()): Promise<ImageNode[]> {
  if (depth > DEEPEST) {
    throw new UserError(`${node.digest} of ${reading.source.name} has more than ${DEEPEST} levels of indexes. Push it with fewer levels.`);
  }
  const { children } = node.manifest;
  await runConcurrently(children, MANIFESTS_AT_ONCE, async child => { await readChild(reading, child, node); });
  for (const { digest } of children) {
    if (!into.has(digest)) await collect(reading, await read(reading, digest), depth + 1, into);
  }
  into.set(node.digest, node);
  return [...into.values()];
}

async function readAttached(reading: Reading, nodes: readonly ImageNode[]): Promise<Pick<ImageTree, 'attached' | 'attachedTags'>> {
  const attached = new Map<string, ImageNode>();
  const attachedTags = new Map<string, ImageNode>();
  const seen = new Set(nodes.map(({ digest }) => digest));
  const queue = [...nodes];
  for (let node = queue.shift(); node; node = queue.shift()) {
    const referrers = (await reading.source.referrers(node.digest)).filter(digest => !seen.has(digest));
    await runConcurrently(referrers, MANIFESTS_AT_ONCE, async digest => { await read(reading, digest); });
    const nodesByTag = await readCosignTags(reading, node.digest);
    for (const [tag, artifact] of nodesByTag) attachedTags.set(tag, artifact);
    for (const artifact of [...referrers.map(digest => reading.known.get(digest)!), ...nodesByTag.values()]) {
      if (seen.has(artifact.digest)) continue;
      for (const part of await collect(reading, artifact)) {
        seen.add(part.digest);
        attached.set(part.digest, part);
      }
      queue.push(artifact);
    }
  }
  return { attached: [...attached.values()], attachedTags };
}

async function readCosignTags(reading: Reading, digest: string): Promise<Map<string, ImageNode>> {
  const entries = await Promise.all(COSIGN_SUFFIXES.map(async suffix => {
    const tag = `${digest.replace(':', '-')}.${suffix}`;
    const fetched = await reading.source.manifest(tag);
    return fetched ? [[tag, remember(reading, fetched)] as const] : [];
  }));
  return new Map(entries.flat());
}

async function readChild(reading: Reading, { digest, platform }: Descriptor, parent: ImageNode): Promise<void> {
  if (reading.known.has(digest)) return;
  const fetched = await reading.source.manifest(digest);
  if (!fetched) {
    const image = `${digest}${platform ? ` (${platformName(platform)})` : ''}`;
    throw new UserError(`The index ${parent.digest} of ${reading.source.name} refers to ${image}, which does not exist.`
      + ' Push the complete index again, or choose \'platforms\' that exist.');
  }
  remember(reading, fetched);
}

/** @throws UserError if the manifest cannot be copied, or if the image exceeds the limits for one image */
function remember(reading: Reading, fetched: FetchedManifest): ImageNode {
  const { source, known } = reading;
  const { digest, text } = fetched;
  try {
    const { mediaType, children, blobs } = parseManifest(text, fetched.mediaType);
    if (!known.has(digest)) reading.bytes += Buffer.byteLength(text);
    const excess = children.length > MOST_MANIFESTS ? `${digest} lists more than ${MOST_MANIFESTS} images`
      : known.size >= MOST_MANIFESTS ? `there are more than ${MOST_MANIFESTS} manifests`
        : reading.bytes > LONGEST_TREE ? `its manifests have more than ${LONGEST_TREE} bytes` : undefined;
    if (excess !== undefined) {
      throw new UserError(`The image of ${source.name} is too large to be copied: ${excess}.`
        + ' Choose \'platforms\', or omit \'referrers\'.');
    }
    const node = { ...fetched, manifest: { mediaType, children: children.map(slim), blobs: blobs.map(slim) } };
    known.set(digest, node);
    return node;
  } catch (error) {
    if (!(error instanceof ManifestProblem)) throw error;
    throw new UserError(`${digest} of ${source.name} cannot be copied: ${error.message}.`
      + ' Push the image again with a current client.');
  }
}

/** Returns a descriptor with only the members that are used, because a registry may add members of any size. */
function slim({ mediaType, digest, size, platform, annotations }: Descriptor): Descriptor {
  return {
    mediaType,
    digest,
    size,
    platform: platform && { os: word(platform.os)!, architecture: word(platform.architecture)!, variant: word(platform.variant) },
    annotations: annotations && { [ATTACHED_TO]: word(annotations[ATTACHED_TO]) ?? '' },
  };
}

function word(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
