import { CopyScene, fromEcr, MB } from './copy-scene';

let scene: CopyScene;
beforeEach(async () => { scene = await CopyScene.start({}, 'sockets'); });
afterEach(() => scene.stop());

const outcomes = (operation: string) => scene.ecr.calls.filter(call => call.operation === operation).map(({ outcome }) => outcome);

/** Acts once, at the first call of the operation. */
function once(operation: string, act: () => void): void {
  scene.ecr.onCall = call => {
    if (call.operation !== operation) return;
    scene.ecr.onCall = undefined;
    act();
  };
}

describe.each(['assumed', 'other'] as const)('whether an upload exists after an error (%s reading), the copy succeeds', reading => {
  test('although a layer is damaged on the way', async () => {
    scene.account.readings.set('upload-after-invalid-digest', reading);
    const { digest } = scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'] });
    scene.ecr.corruptDownloads(2);
    await scene.created(fromEcr());
    expect(outcomes('CompleteLayerUpload').filter(outcome => outcome !== 'ok')).toEqual(['InvalidLayerException', 'InvalidLayerException']);
    expect(await scene.pull('v1')).toContain(digest);
  });

  test('although ECR requires larger parts', async () => {
    scene.account.readings.set('upload-after-small-part', reading);
    const { digest } = scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'], layers: [Buffer.alloc(12 * MB, 'x')] });
    scene.ecr.minimumPartSize = 8 * MB;
    scene.ecr.proxyEndpoint = 'http://127.0.0.1:9';
    await scene.created(fromEcr());
    expect(outcomes('CompleteLayerUpload')).toContain('LayerPartTooSmallException');
    expect(await scene.pull('v1')).toContain(digest);
  });

  test('although another client sends the same layers at the same time', async () => {
    scene.account.readings.set('upload-after-existing-layer', reading);
    const { digest } = scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'], seed: 3 });
    once('UploadLayerPart', () => { scene.ecr.addRealImage({ repositoryName: 'to', tags: ['other'], seed: 3 }); });
    await scene.created(fromEcr());
    expect(outcomes('CompleteLayerUpload')).toContain('LayerAlreadyExistsException');
    expect(await scene.pull('v1')).toContain(digest);
  });
});

test.each([['assumed', 1], ['other', 2]] as const)('a layer that is read ten minutes after its URL was requested is copied: %s reading'
  + ' with %d requests', async (reading, requests) => {
  scene.account.readings.set('download-url-hour', reading);
  const { digest, layerDigests } = scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'], layers: [Buffer.alloc(1_000, 'x')] });
  let isLate = false;
  scene.ecr.onCall = ({ operation, input }) => {
    if (operation !== 'GetDownloadUrlForLayer' || input.layerDigest !== layerDigests[0] || isLate) return;
    isLate = true;
    const { now } = scene.ecr;
    scene.ecr.now = () => new Date(now().getTime() + 600_000);
  };
  await scene.created(fromEcr());
  const requested = scene.ecr.calls.filter(({ operation, input }) =>
    operation === 'GetDownloadUrlForLayer' && input.layerDigest === layerDigests[0]);
  expect(requested).toHaveLength(requests);
  expect(await scene.pull('v1')).toContain(digest);
});

describe.each(['assumed', 'other'] as const)('%s reading:', reading => {
  test('an index is copied, whether or not ECR returns it to callers that do not accept its media type', async () => {
    scene.account.readings.set('index-needs-media-type', reading);
    const { digest } = scene.ecr.addRealIndex({ repositoryName: 'from', tags: ['v1'], images: 2 });
    await scene.created(fromEcr());
    expect(await scene.pull('v1')).toContain(digest);
  });

  test('an image is copied to a repository that has its layers only in an archived image', async () => {
    scene.account.readings.set('archived-layer-status', reading);
    const { digest } = scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'], seed: 5 });
    const platform = { os: 'linux', architecture: 's390x' };
    scene.ecr.addRealImage({ repositoryName: 'to', tags: ['old'], seed: 5, status: 'ARCHIVED', platform });
    await scene.created(fromEcr());
    expect(await scene.pull('v1')).toContain(digest);
  });

  test('a layer that is damaged on the way to the Docker endpoint is sent again', async () => {
    scene.account.readings.set('registry-digest-invalid', reading);
    const { digest } = scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'], layers: [Buffer.alloc(6 * MB, 'x')] });
    scene.ecr.corruptDownloads(2);
    await scene.created(fromEcr());
    expect(scene.ecr.registryCalls.some(({ status }) => status === 400)).toBe(true);
    expect(await scene.pull('v1')).toContain(digest);
  });
});
