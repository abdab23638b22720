import { IMAGE_TAGS_ATTRIBUTES, ImageTagsProperties } from '../../src/core/wire/image-tags';
import { connectTo, EcrClients } from '../shared/aws/ecr-clients';
import { FetchedManifest, readManifest } from '../shared/images/manifest';
import { hex, rememberMoves, rememberTaggedImage, recallDigest, shortHash } from '../shared/images/memo';
import { describeImage, putTags, requireTags, restoreAdvice } from '../shared/images/tags';
import { UserError } from '../shared/protocol/errors';
import type { EcrTask, Job } from '../shared/protocol/job';
import type { Attributes } from '../shared/protocol/response';
import { isRollingBackNow, readStack } from '../shared/protocol/stack';
import { refuseAnotherTargetGoingForward, requireOwnEnvironment } from '../shared/repository/located-repository';
import { inRepository, repositoryName } from '../shared/repository/repository';

/** Create and Update: sets the tags on the image. */
export async function tag(job: Job<ImageTagsProperties>, clients: EcrClients, old?: ImageTagsProperties): Promise<Attributes> {
  const { properties: { repositoryArn, tagOrDigest, tags, trigger }, request } = job;
  await refuseAnotherTargetGoingForward(job, old?.repositoryArn, 'image tags');
  requireOwnEnvironment(job, 'image tags');
  const fingerprint = shortHash(JSON.stringify([tagOrDigest, trigger]));
  const knownDigest = await recallDigest(job, fingerprint);
  const task = await connectTo(job, clients, job.properties, request.StackId);
  const name = repositoryName(repositoryArn);
  try {
    const { digest, changes } = await inRepository(repositoryArn, async () => {
      const image = await readImage(task, name, knownDigest ?? tagOrDigest);
      const tagChanges = await putTags(task, name, { ...image, manifest: image.text }, tags, planned =>
        rememberMoves(job, image.digest, fingerprint, planned));
      await requireTags(task, name, image.digest, tags);
      return { digest: image.digest, changes: tagChanges };
    });
    rememberTaggedImage(job, digest, fingerprint, changes, old?.tags);
    job.log(`repository '${name}': ${tags.join(', ')} point to ${digest}`);
    return { [IMAGE_TAGS_ATTRIBUTES.digestHex]: hex(digest) };
  } catch (error) {
    if (knownDigest === undefined || !(error instanceof UserError) || !isRollingBackNow((await readStack(job)).status)) throw error;
    job.log(`the stack is rolling back, so this error is ignored: ${error.message}`);
    return { [IMAGE_TAGS_ATTRIBUTES.digestHex]: hex(knownDigest) };
  }
}

async function readImage(task: EcrTask, name: string, tagOrDigest: string): Promise<FetchedManifest> {
  const image = await readManifest(task, { repositoryName: name }, tagOrDigest);
  if (image) return image;
  const status = (await describeImage(task, name, tagOrDigest))?.imageStatus;
  if (status === 'ACTIVE') throw new UserError(`Repository '${name}': the image ${tagOrDigest} became readable only now. Deploy again.`);
  throw new UserError(status === undefined
    ? `Repository '${name}' has no image ${tagOrDigest}. Push it, or correct the tag or digest, and deploy again.`
    : `Repository '${name}': the image ${tagOrDigest} is ${status.toLowerCase()} and cannot be tagged.`
      + ` ${restoreAdvice(status)}, and deploy again.`);
}
