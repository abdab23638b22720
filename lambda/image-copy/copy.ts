import type { CopyClients } from './clients';
import { copyImage, CopyPlan, CopyResult } from './copy-image';
import { DockerEndpoint } from './docker-endpoint';
import type { LayerDestination } from './layers';
import { openSource } from './open-source';
import type { ImageSource } from './source';
import { formatBytes } from '../../src/core/format';
import { parseRepositoryArn } from '../../src/core/repository-arn';
import { IMAGE_COPY_ATTRIBUTES, ImageCopyProperties } from '../../src/core/wire/image-copy';
import { connectTo } from '../shared/aws/ecr-clients';
import { readManifest } from '../shared/images/manifest';
import { hex, rememberMoves, rememberTaggedImage, recallDigest, shortHash } from '../shared/images/memo';
import { putTags, requireTags } from '../shared/images/tags';
import { UserError } from '../shared/protocol/errors';
import type { EcrTask, Job } from '../shared/protocol/job';
import type { Attributes } from '../shared/protocol/response';
import { isRollingBackNow, readStack } from '../shared/protocol/stack';
import { refuseAnotherTargetGoingForward, requireOwnEnvironment } from '../shared/repository/located-repository';
import { inRepository, repositoryName } from '../shared/repository/repository';

type CopyJob = Job<ImageCopyProperties>;

/** Create and Update: ensures that the repository has the complete image and that the tags point to it. */
export async function copy(job: CopyJob, clients: CopyClients, old?: ImageCopyProperties): Promise<Attributes> {
  const { properties } = job;
  await refuseAnotherTargetGoingForward(job, old?.repositoryArn, 'image copy');
  requireOwnEnvironment(job, 'image copy');
  const fingerprint = shortHash(JSON.stringify([imageOf(properties), properties.platforms, properties.trigger]));
  const knownDigest = await recallDigest(job, fingerprint);
  const task = await connectTo(job, clients, properties, job.request.StackId);
  const begin: CopyPlan['begin'] = (digest, changes) => rememberMoves(job, digest, fingerprint, changes);
  const copyAll = async () =>
    copyFrom(await openSource(job, clients), task, destinationOf(task, properties, clients), properties, knownDigest, begin);
  try {
    const result = await inRepository(properties.repositoryArn, async () =>
      await tryTagOnly(task, properties, knownDigest) ?? await copyAll());
    rememberTaggedImage(job, result.digest, fingerprint, result.tagChanges, old?.tags, result.isImageNew);
    job.log(`repository '${repositoryName(properties.repositoryArn)}' has ${result.digest}:`
      + ` ${formatBytes(result.bytesSent)} were sent, ${formatBytes(result.bytesSkipped)} existed already`);
    return toAttributes(result);
  } catch (cause) {
    const error = cause instanceof UserError ? withRepositoryName(cause, repositoryName(properties.repositoryArn)) : cause;
    if (knownDigest === undefined || !(error instanceof UserError) || !isRollingBackNow((await readStack(job)).status)) throw error;
    job.log(`the stack is rolling back, so this error is ignored: ${error.message}`);
    return toAttributes({ digest: knownDigest, bytesSent: 0, bytesSkipped: 0 });
  }
}

/** Adds the repository to the beginning of the message, even if the error is in the source. */
function withRepositoryName(error: UserError, name: string): UserError {
  const { message } = error;
  if (/^(Repository '|The root stack ')/.test(message)) return error;
  const text = /^[A-Z][a-z]* /.test(message) ? message[0].toLowerCase() + message.slice(1) : message;
  return new UserError(`Repository '${name}': ${text}`, { cause: error });
}

/** Returns what identifies the image, independently of the role that reads it. */
function imageOf({ source, tagOrDigest }: ImageCopyProperties): readonly string[] {
  return 'repositoryArn' in source ? [source.repositoryArn, tagOrDigest] : [source.registry, source.repositoryName, tagOrDigest];
}

/** Sets only the tags on an image that was copied before. Returns undefined if the image or its referrers must be copied. */
async function tryTagOnly(
  task: EcrTask, { repositoryArn, tags, referrers }: ImageCopyProperties, knownDigest: string | undefined,
): Promise<CopyResult | undefined> {
  if (knownDigest === undefined || referrers) return undefined;
  const name = repositoryName(repositoryArn);
  const manifest = await readManifest(task, { repositoryName: name }, knownDigest);
  if (!manifest) return undefined;
  const tagChanges = await putTags(task, name, { ...manifest, manifest: manifest.text }, tags);
  await requireTags(task, name, knownDigest, tags);
  return { digest: knownDigest, bytesSent: 0, bytesSkipped: 0, tagChanges, isImageNew: false };
}

async function copyFrom(
  source: ImageSource, task: EcrTask, to: LayerDestination, properties: ImageCopyProperties, knownDigest: string | undefined,
  begin: CopyPlan['begin'],
): Promise<CopyResult> {
  const { tagOrDigest, tags, platforms, referrers } = properties;
  const result = await copyImage(task, source, to, {
    tagOrDigest: platforms ? tagOrDigest : knownDigest ?? tagOrDigest,
    tags,
    platforms,
    referrers,
    begin,
    // an index of selected platforms exists only in this repository
    reducedIndex: platforms && knownDigest !== undefined ? await readManifest(task, to, knownDigest) : undefined,
  });
  await requireTags(task, to.repositoryName, result.digest, tags);
  return result;
}

function destinationOf(task: EcrTask, properties: ImageCopyProperties, { smallestPart }: CopyClients): LayerDestination {
  const name = repositoryName(properties.repositoryArn);
  const endpoint = new DockerEndpoint(task, name);
  return { repositoryName: name, endpoint, smallestPart, sharingRepository: sharingRepositoryOf(properties) };
}

/** Returns the repository of the source, if it is in the same registry and is read with the same permissions. */
function sharingRepositoryOf({ repositoryArn, source, role }: ImageCopyProperties): string | undefined {
  if (!('repositoryArn' in source)) return undefined;
  const [from, to] = [parseRepositoryArn(source.repositoryArn)!, parseRepositoryArn(repositoryArn)!];
  const isSameRegistry = from.account === to.account && from.region === to.region && source.role?.roleArn === role?.roleArn;
  return isSameRegistry && from.repositoryName !== to.repositoryName ? from.repositoryName : undefined;
}

function toAttributes({ digest, bytesSent, bytesSkipped }: Pick<CopyResult, 'digest' | 'bytesSent' | 'bytesSkipped'>): Attributes {
  return {
    [IMAGE_COPY_ATTRIBUTES.digestHex]: hex(digest),
    [IMAGE_COPY_ATTRIBUTES.bytesSent]: String(bytesSent),
    [IMAGE_COPY_ATTRIBUTES.bytesSkipped]: String(bytesSkipped),
  };
}
