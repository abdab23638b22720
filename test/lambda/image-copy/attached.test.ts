import { CopyScene, fromEcr, fromRegistry, Parts, partsOf, Rest } from './copy-scene';
import { LoopbackServer } from '../../local-ecr/loopback-server';
import type { LocalRegistryOptions } from '../../local-registry/local-registry';

let scene: CopyScene;
const start = async (options: LocalRegistryOptions = {}) => { scene = await CopyScene.start(options); };
afterEach(() => scene.stop());

const SBOM = 'application/vnd.sbom+json';
const WITH: Rest = { referrers: true };
const sigTag = (digest: string, suffix = 'sig') => `${digest.replace(':', '-')}.${suffix}`;
/** Returns only the digests of the manifests. */
const all = (...images: readonly Parts[]) => new Set(partsOf(...images).filter(digest => scene.digests().includes(digest)));

describe.each([
  ['by the API', { pageSize: 2 }], ['by an API without a filter', { referrers: 'unfiltered' }],
  ['by tags without an API', { referrers: 'absent' }],
] as [string, LocalRegistryOptions][])('referrers of an image in a registry, found %s,', (_what, options) => {
  test('are copied together with their referrers, but only if requested', async () => {
    await start(options);
    const image = scene.registry.addImage({ name: 'lib/redis', tag: '7' });
    const sboms = [1, 2, 3, 4, 5].map(size =>
      scene.registry.addImage({ name: 'lib/redis', artifactType: SBOM, subject: image.digest, layers: [size] }));
    const signature = scene.registry.addImage({
      name: 'lib/redis', artifactType: 'application/vnd.sig', subject: sboms[3].digest, layers: [9],
    });
    await scene.created(fromRegistry());
    expect(scene.digests()).toEqual([image.digest]);
    expect(scene.registry.requests.some(({ path }) => /referrers|sha256-/.test(path))).toBe(false);
    await scene.created(fromRegistry('lib/redis:7', WITH));
    expect(new Set(scene.digests())).toEqual(all(image, ...sboms, signature));
    expect(scene.digests()).toHaveLength(7);
    for (const each of [...sboms, signature]) expect(await scene.pull(each.digest)).toEqual(partsOf(each));
    expect(scene.tags()).toEqual({ 7: image.digest });
  });
});

test('referrers of images of an index are copied for the selected platforms', async () => {
  await start();
  const index = scene.registry.addIndex({ name: 'lib/redis', tag: '7', platforms: ['linux/amd64', 'linux/arm64'] });
  const [ofAmd, ofArm, ofIndex] = [index.images[0].digest, index.images[1].digest, index.digest].map((subject, size) =>
    scene.registry.addImage({ name: 'lib/redis', artifactType: SBOM, subject, layers: [10 + size] }));
  await scene.created(fromRegistry('lib/redis:7', { ...WITH, platforms: ['linux/amd64'] }));
  expect(new Set(scene.digests())).toEqual(all(index.images[0], ofAmd));
  await scene.created(fromRegistry('lib/redis:7', WITH));
  expect(new Set(scene.digests())).toEqual(all(index, ofAmd, ofArm, ofIndex));
});

describe('cosign', () => {
  test('artifacts that cosign finds by tag have their tag at the destination', async () => {
    await start();
    const index = scene.registry.addIndex({ name: 'lib/redis', tag: '7', platforms: ['linux/amd64', 'linux/arm64'] });
    const signatures = [index.digest, index.images[1].digest]
      .map(digest => scene.registry.addCosignSignature({ name: 'lib/redis', digest }));
    const attestation = scene.registry.addImage({ name: 'lib/redis', tag: sigTag(index.digest, 'att'), layers: [77] });
    const sbom = scene.registry.addImage({ name: 'lib/redis', tag: sigTag(index.digest, 'sbom'), layers: [78] });
    await scene.created(fromRegistry('lib/redis:7', WITH));
    expect(scene.tags()).toEqual({
      7: index.digest,
      [sigTag(index.digest)]: signatures[0].digest,
      [sigTag(index.images[1].digest)]: signatures[1].digest,
      [sigTag(index.digest, 'att')]: attestation.digest,
      [sigTag(index.digest, 'sbom')]: sbom.digest,
    });
    for (const each of [...signatures, attestation, sbom]) expect(await scene.pull(each.digest)).toEqual(partsOf(each));
  });

  test('a signature of a signature and a signature in ECR are copied', async () => {
    await start();
    const image = scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'] });
    const signature = scene.ecr.addRealImage({ repositoryName: 'from', tags: [sigTag(image.digest)] });
    const again = scene.ecr.addRealImage({ repositoryName: 'from', tags: [sigTag(signature.digest)] });
    await scene.created(fromEcr('v1', WITH));
    expect(scene.tags()).toEqual({ v1: image.digest, [sigTag(image.digest)]: signature.digest, [sigTag(signature.digest)]: again.digest });
  });

  test('an artifact that is both a referrer and tagged has its tag at the destination', async () => {
    await start();
    const image = scene.registry.addImage({ name: 'lib/redis', tag: '7' });
    const signature = scene.registry.addImage({
      name: 'lib/redis', artifactType: 'application/vnd.sig', subject: image.digest, tag: sigTag(image.digest),
    });
    await scene.created(fromRegistry('lib/redis:7', WITH));
    expect(scene.tags()).toEqual({ 7: image.digest, [sigTag(image.digest)]: signature.digest });
  });
});

describe('from ECR', () => {
  test('more than one page of referrers is copied', async () => {
    await start();
    const { digest: subject } = scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'] });
    for (let n = 0; n < 53; n++) {
      scene.ecr.addRealImage({ repositoryName: 'from', subject, artifactType: SBOM, layers: [Buffer.from(`sbom ${n}`)] });
    }
    await scene.created(fromEcr('v1', WITH));
    expect(scene.digests()).toEqual(scene.digests('from'));
    expect(scene.ecr.calls.filter(({ operation, input }) => operation === 'ListImageReferrers' && input.nextToken !== undefined))
      .toHaveLength(1);
  });

  test('an index that refers to an image is copied', async () => {
    await start();
    const { digest: subject } = scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'] });
    scene.ecr.addRealIndex({ repositoryName: 'from', subject, attestations: true });
    await scene.created(fromEcr('v1', WITH));
    expect(scene.digests()).toEqual(scene.digests('from'));
  });
});

test('an invalid response instead of referrers does not count as no referrers', async () => {
  await start({ referrers: 'absent' });
  const image = scene.registry.addImage({ name: 'lib/redis', tag: '7' });
  const sbom = scene.registry.addImage({ name: 'lib/redis', artifactType: SBOM, subject: image.digest, layers: [500] });
  const server = await LoopbackServer.start(async ({ request: { url = '', headers: { accept = '*/*' } }, response }) => {
    const answer = url.includes('/referrers/') ? new Response('<html>Not here', { headers: { 'content-type': 'text/html' } })
      : await fetch(`${scene.registry.url}${url}`, { headers: { accept } });
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()));
  });
  try {
    const stack = scene.stack(fromRegistry('lib/redis:7', WITH));
    const answer = await scene.create(stack, { ResourceProperties: scene.propertiesOf(stack, new URL(server.url).host) });
    // both are correct: the tags are read instead, or the copy fails
    expect(answer?.Status === 'FAILED' || scene.digests().includes(sbom.digest)).toBe(true);
  } finally {
    await server.stop();
  }
});

test('an attached artifact that cannot be put fails the deployment', async () => {
  await start();
  const image = scene.registry.addImage({ name: 'lib/redis', tag: '7' });
  const sbom = scene.registry.addImage({ name: 'lib/redis', artifactType: SBOM, subject: image.digest, layers: [500] });
  // each time between the image and its SBOM, ECR removes layers without an image
  scene.ecr.onCall = ({ operation, input }) => {
    if (operation === 'PutImage' && input.imageDigest === image.digest) scene.ecr.cleanUpLayers('to');
  };
  const answer = await scene.create(fromRegistry('lib/redis:7', WITH));
  expect({ status: answer?.Status, hasSbom: scene.digests().includes(sbom.digest) }).toEqual({ status: 'FAILED', hasSbom: false });
});

test('attached artifacts are copied before the tag of the image is set', async () => {
  await start();
  const image = scene.registry.addImage({ name: 'lib/redis', tag: '7' });
  const sbom = scene.registry.addImage({ name: 'lib/redis', artifactType: SBOM, subject: image.digest });
  scene.ecr.onCall = ({ operation, input }) => {
    if (operation !== 'PutImage' || input.imageTag !== '7') expect(scene.tags()['7']).toBeUndefined();
    else expect(scene.digests()).toEqual([image.digest, sbom.digest].sort());
    if (scene.tags()['7'] !== undefined) scene.ecr.onCall = undefined;
  };
  await scene.created(fromRegistry('lib/redis:7', WITH));
  expect(scene.ecr.onCall).toBeUndefined();
});
