import { IMAGE_TAGS_ATTRIBUTES, ImageTagsProperties } from '../../src/core/wire/image-tags';
import { atLocation, LocationClients } from '../shared/aws/location';
import { FetchedManifest, readManifest } from '../shared/images/manifest';
import { hex, remember, settledDigest, shortHash } from '../shared/images/memo';
import { describeImage, putTags, requireTags, restored } from '../shared/images/tags';
import { Explained } from '../shared/protocol/errors';
import type { Job } from '../shared/protocol/job';
import type { Attributes } from '../shared/protocol/response';
import { isRollingBackNow, readStack } from '../shared/protocol/stack';
import { refuseAnotherTargetGoingForward, requireOwnEnvironment } from '../shared/repository/located-repository';
import { inRepository, repositoryName } from '../shared/repository/repository';

type TagsJob = Job<ImageTagsProperties>;

/** Create and Update: has the tags point to the image. */
export async function tag(asked: TagsJob, clients: LocationClients, old?: ImageTagsProperties): Promise<Attributes> {
  const { properties: { repositoryArn, tagOrDigest, tags, trigger }, request } = asked;
  await refuseAnotherTargetGoingForward(asked, old?.repositoryArn, 'image tags');
  requireOwnEnvironment(asked, 'image tags');
  const fingerprint = shortHash(JSON.stringify([tagOrDigest, trigger]));
  const settled = await settledDigest(asked, fingerprint);
  const job = await atLocation(asked, clients, asked.properties, request.StackId);
  const name = repositoryName(repositoryArn);
  try {
    const { digest, changed } = await inRepository(repositoryArn, async () => {
      const image = await find(job, name, settled ?? tagOrDigest);
      const set = await putTags(job, name, { ...image, manifest: image.text }, tags);
      await requireTags(job, name, image.digest, tags);
      return { digest: image.digest, changed: set };
    });
    remember(asked, digest, fingerprint, changed, old?.tags);
    asked.log(`repository '${name}': ${tags.join(', ')} point to ${digest}`);
    return { [IMAGE_TAGS_ATTRIBUTES.digestHex]: hex(digest) };
  } catch (error) {
    if (settled === undefined || !(error instanceof Explained) || !isRollingBackNow((await readStack(asked)).status)) throw error;
    asked.log(`the stack is rolling back, so this is no failure: ${error.message}`);
    return { [IMAGE_TAGS_ATTRIBUTES.digestHex]: hex(settled) };
  }
}

async function find(job: TagsJob, name: string, tagOrDigest: string): Promise<FetchedManifest> {
  const image = await readManifest(job, { repositoryName: name }, tagOrDigest);
  if (image) return image;
  const status = (await describeImage(job, name, tagOrDigest))?.imageStatus;
  throw new Explained(status === undefined
    ? `Repository '${name}' has no image ${tagOrDigest} — push it, or correct the name, and deploy again`
    : `Repository '${name}': the image ${tagOrDigest} is ${status.toLowerCase()} and cannot be tagged — ${restored(status)}, and deploy again`);
}
