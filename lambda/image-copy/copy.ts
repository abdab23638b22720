import type { CopyClients } from './clients';
import { Copied, copyImage } from './copy-image';
import { DockerEndpoint } from './docker-endpoint';
import { openSource } from './open-source';
import type { ImageSource } from './source';
import { parseRepositoryArn } from '../../src/core/repository-arn';
import { bytes } from '../../src/core/shown';
import { IMAGE_COPY_ATTRIBUTES, ImageCopyProperties } from '../../src/core/wire/image-copy';
import { atLocation } from '../shared/aws/location';
import { readManifest } from '../shared/images/manifest';
import { hex, remember, settledDigest, shortHash } from '../shared/images/memo';
import { putTags, requireTags } from '../shared/images/tags';
import { Explained } from '../shared/protocol/errors';
import type { Job } from '../shared/protocol/job';
import type { Attributes } from '../shared/protocol/response';
import { isRollingBackNow, readStack } from '../shared/protocol/stack';
import { refuseAnotherTargetGoingForward, requireOwnEnvironment } from '../shared/repository/located-repository';
import { inRepository, repositoryName } from '../shared/repository/repository';

type CopyJob = Job<ImageCopyProperties>;

/** Create and Update: sees that the repository has the image, whole, and that its tags point to it. */
export async function copy(asked: CopyJob, clients: CopyClients, old?: ImageCopyProperties): Promise<Attributes> {
  const { properties } = asked;
  await refuseAnotherTargetGoingForward(asked, old?.repositoryArn, 'image copy');
  requireOwnEnvironment(asked, 'image copy');
  const fingerprint = shortHash(JSON.stringify([imageOf(properties), properties.platforms, properties.trigger]));
  const settled = await settledDigest(asked, fingerprint);
  const job = await atLocation(asked, clients, properties, asked.request.StackId);
  try {
    const copied = await inRepository(properties.repositoryArn, async () =>
      await tagOnly(job, settled) ?? await copyFrom(await openSource(asked, clients), job, settled));
    remember(asked, copied.digest, fingerprint, copied.changed, old?.tags);
    asked.log(`repository '${repositoryName(properties.repositoryArn)}' has ${copied.digest}: ${bytes(copied.bytesSent)} were sent, ${bytes(copied.bytesSkipped)} were there`);
    return attributes(copied);
  } catch (thrown) {
    const error = thrown instanceof Explained ? named(thrown, repositoryName(properties.repositoryArn)) : thrown;
    if (settled === undefined || !(error instanceof Explained) || !isRollingBackNow((await readStack(asked)).status)) throw error;
    asked.log(`the stack is rolling back, so this is no failure: ${error.message}`);
    return attributes({ digest: settled, bytesSent: 0, bytesSkipped: 0 });
  }
}

/** Whatever is wrong with the source, CloudFormation's event names the repository first. */
function named(error: Explained, name: string): Explained {
  const { message } = error;
  if (/^(Repository '|The root stack ')/.test(message)) return error;
  const text = /^[A-Z][a-z]* /.test(message) ? message[0].toLowerCase() + message.slice(1) : message;
  return new Explained(`Repository '${name}': ${text}`, { cause: error });
}

/** What is asked for, whoever asks. */
function imageOf({ source, tagOrDigest }: ImageCopyProperties): readonly string[] {
  return 'repositoryArn' in source ? [source.repositoryArn, tagOrDigest] : [source.registry, source.repositoryName, tagOrDigest];
}

/** What was copied before needs its source no more, where nothing that is attached is asked for. */
async function tagOnly(job: CopyJob, settled: string | undefined): Promise<Copied | undefined> {
  const { repositoryArn, tags, referrers } = job.properties;
  if (settled === undefined || referrers) return undefined;
  const name = repositoryName(repositoryArn);
  const there = await readManifest(job, { repositoryName: name }, settled);
  if (!there) return undefined;
  const changed = await putTags(job, name, { ...there, manifest: there.text }, tags);
  await requireTags(job, name, settled, tags);
  return { digest: settled, bytesSent: 0, bytesSkipped: 0, changed };
}

async function copyFrom(source: ImageSource, job: CopyJob, settled: string | undefined): Promise<Copied> {
  const { repositoryArn, tagOrDigest, tags, platforms, referrers } = job.properties;
  const name = repositoryName(repositoryArn);
  const copied = await copyImage(job, source, { repositoryName: name, endpoint: new DockerEndpoint(job, name), shareWith: neighbour(job) }, {
    tagOrDigest: platforms ? tagOrDigest : settled ?? tagOrDigest,
    tags,
    platforms,
    referrers,
    // an index that was made smaller is in no other place
    chosen: platforms && settled !== undefined ? await readManifest(job, { repositoryName: name }, settled) : undefined,
  });
  await requireTags(job, name, copied.digest, tags);
  return copied;
}

/** The source's repository, where it is of the same registry and the same rights hold for both. */
function neighbour({ properties: { repositoryArn, source, role } }: CopyJob): string | undefined {
  if (!('repositoryArn' in source)) return undefined;
  const [from, to] = [parseRepositoryArn(source.repositoryArn)!, parseRepositoryArn(repositoryArn)!];
  const isNeighbour = from.account === to.account && from.region === to.region && source.role?.roleArn === role?.roleArn;
  return isNeighbour && from.repositoryName !== to.repositoryName ? from.repositoryName : undefined;
}

function attributes({ digest, bytesSent, bytesSkipped }: Pick<Copied, 'digest' | 'bytesSent' | 'bytesSkipped'>): Attributes {
  return {
    [IMAGE_COPY_ATTRIBUTES.digestHex]: hex(digest),
    [IMAGE_COPY_ATTRIBUTES.bytesSent]: String(bytesSent),
    [IMAGE_COPY_ATTRIBUTES.bytesSkipped]: String(bytesSkipped),
  };
}
