import { BatchDeleteImageCommand, PutImageCommand } from '@aws-sdk/client-ecr';
import { CopyScene, fromEcr, fromRegistry, MB, partsOf } from './copy-scene';
import { COPY_FROM, COPY_TO } from '../../../src/private/images/image-permissions';
import { clientOf } from '../../local-ecr/test-client';
import { WHAT_TO_DO } from '../fault-points';

let scene: CopyScene;
beforeEach(async () => { scene = await CopyScene.start({}, 'sockets'); });
afterEach(() => scene.stop());

const LARGE = 12 * MB;
const add = (layers: readonly number[] = [1000, LARGE]) => scene.registry.addImage({ name: 'lib/redis', tag: '7', layers });
const methods = () => scene.ecr.registryCalls.map(({ method }) => method);
const operations = () => scene.ecr.calls.map(({ operation }) => operation);

async function expectCopied(image: { digest: string }): Promise<void> {
  const { Data } = await scene.created(fromRegistry());
  expect(await scene.pull('7')).toEqual(partsOf(image));
  expect(Number(Data.BytesSent)).toBe(scene.bytesOf());
  expect(scene.ecr.faults.pending).toEqual([]);
}

async function expectRefusal(reason: RegExp, build = fromRegistry()): Promise<void> {
  const said = await scene.refusal(build);
  const [first] = said.split('\n');
  expect(first).toMatch(reason);
  expect(first).toMatch(WHAT_TO_DO);
}

/** Acts once, at the first call of the operation. */
function once(operation: string, act: () => void): void {
  scene.ecr.onCall = call => {
    if (call.operation !== operation) return;
    scene.ecr.onCall = undefined;
    act();
  };
}

describe('the endpoint of the registry', () => {
  test('receives large layers, and the API receives the others', async () => {
    await expectCopied(add());
    expect(methods()).toEqual(['POST', 'PATCH', 'PUT']);
    expect(operations().filter(operation => operation === 'UploadLayerPart')).toHaveLength(2); // the configuration and the small layer
  });

  /** Returns an image whose only missing layer is large. The configuration exists already. */
  const addLarge = () => {
    scene.ecr.addRealImage({ repositoryName: 'to', artifactType: 'application/vnd.x', layers: [] });
    return scene.ecr.addRealImage({
      repositoryName: 'from', tags: ['v1'], layers: [Buffer.alloc(LARGE, 'x')], artifactType: 'application/vnd.x',
    });
  };

  test.each([
    ['refuses to begin', 'InitiateLayerUpload', 'serverError', 8], ['refuses the layer', 'UploadLayerPart', 'serverError', 1],
    ['breaks off', 'UploadLayerPart', 'reset', 1], ['refuses to finish', 'CompleteLayerUpload', 'serverError', 8],
    ['limits the rate', 'UploadLayerPart', 'throttle', 1],
  ] as const)('%s, and the API receives the layer in parts', async (_what, operation, kind, times) => {
    const image = addLarge();
    const before = scene.bytesOf();
    scene.ecr.faults.add({ kind, operation, times });
    const { Data } = await scene.created(fromEcr());
    expect(Number(Data.BytesSent)).toBe(scene.bytesOf() - before);
    expect(scene.ecr.faults.pending).toEqual([]);
    expect(await scene.pull('v1')).toEqual([image.digest, image.configDigest, ...image.layerDigests].sort());
    const parts = scene.ecr.calls.filter(call => call.operation === 'UploadLayerPart' && call.outcome === 'ok');
    expect(parts.map(({ input: { partFirstByte, partLastByte } }) => [partFirstByte, partLastByte]))
      .toEqual([[0, 5 * MB - 1], [5 * MB, 10 * MB - 1], [10 * MB, LARGE - 1]]);
  });

  test('breaks off, and the API requires larger parts than usual', async () => {
    const image = addLarge();
    scene.ecr.minimumPartSize = 8 * MB;
    scene.ecr.faults.add({ kind: 'serverError', operation: 'UploadLayerPart' });
    await scene.created(fromEcr());
    expect(await scene.pull('v1')).toContain(image.digest);
    const parts = scene.ecr.calls.filter(call => call.operation === 'UploadLayerPart' && call.input.partFirstByte === 0);
    expect(parts.map(({ input: { partLastByte } }) => partLastByte)).toEqual([5 * MB - 1, 10 * MB - 1]);
  });

  test('loses the upload', async () => {
    const image = add();
    once('GetAuthorizationToken', () => setTimeout(() => scene.ecr.forgetUploads(), 30));
    await expectCopied(image);
  });

  test('returns no token', async () => {
    add();
    scene.refuse(fromRegistry(), 'ecr:GetAuthorizationToken');
    await expectRefusal(/^Repository 'to': .* was denied ecr:GetAuthorizationToken for 60 seconds\. /);
    expect(scene.tags()).toEqual({});
  });
});

describe('the copy succeeds despite', () => {
  test.each([
    ['before it arrived', 'reset'], ['after it arrived', 'killAfter'],
  ] as const)('a part whose connection breaks %s', async (_what, kind) => {
    const image = add([3 * MB, 2 * MB]);
    scene.ecr.faults.add({ kind, operation: 'UploadLayerPart', skip: 1 });
    if (kind === 'killAfter') {
      // only the connection ends, not the function
      const { principals } = scene.ecr;
      const kill = principals.kill.bind(principals);
      principals.kill = accessKeyId => {
        kill(accessKeyId);
        setTimeout(() => principals.revive(accessKeyId), 20);
      };
      scene.ecr.latencyMs = 5;
    }
    await expectCopied(image);
  });

  test('an upload that is lost after its first part', async () => {
    const image = add([3 * MB]);
    once('UploadLayerPart', () => scene.ecr.forgetUploads());
    await expectCopied(image);
  });

  test('a layer that another client sends at the same time', async () => {
    const image = scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'], seed: 3 });
    once('UploadLayerPart', () => { scene.ecr.addRealImage({ repositoryName: 'to', tags: ['other'], seed: 3 }); });
    await scene.created(fromEcr());
    expect(await scene.pull('v1')).toContain(image.digest);
  });
});

describe('layers that ECR removes', () => {
  test('between their upload and their image are sent again', async () => {
    const image = add([1000, 2000]);
    let times = 0;
    scene.ecr.onCall = ({ operation }) => { if (operation === 'CompleteLayerUpload' && times++ < 3) scene.ecr.cleanUpLayers('to'); };
    await scene.created(fromRegistry());
    expect(await scene.pull('7')).toEqual(partsOf(image));
    expect(scene.log).toContain('ECR removed layers before their image was put');
  });

  test('although they existed before count as sent, not as skipped', async () => {
    add([1000, 2000]);
    await scene.created(fromRegistry());
    const total = scene.bytesOf();
    const client = clientOf(scene.ecr, 'somebody');
    await client.send(new BatchDeleteImageCommand({ repositoryName: 'to', imageIds: [{ imageTag: '7' }] }));
    client.destroy();
    once('BatchCheckLayerAvailability', () => scene.ecr.cleanUpLayers('to'));
    const { Data } = await scene.created(fromRegistry());
    expect(Data).toMatchObject({ BytesSent: String(total), BytesSkipped: '0' });
  });

  test('every time cause an error', async () => {
    add([1000, 2000]);
    scene.ecr.onCall = ({ operation }) => { if (operation === 'CompleteLayerUpload') scene.ecr.cleanUpLayers('to'); };
    await expectRefusal(/^Repository 'to': .*layers/i);
    expect(scene.digests()).toEqual([]);
  });
});

describe('the error is clear for', () => {
  test('a missing repository', async () => {
    add();
    await expectRefusal(
      /^Repository 'gone' does not exist .*\. Create it or correct its name/, fromRegistry('lib/redis:7', { to: 'gone' }),
    );
  });

  test.each(COPY_TO.filter(action => action !== 'ecr:BatchGetImage'))('missing permission %s', async action => {
    add([1000]);
    scene.refuse(fromRegistry(), action);
    await expectRefusal(new RegExp(`^Repository 'to': the function's role was denied ${action} for 60 seconds\\. `));
    expect(scene.tags()).toEqual({});
    expect(scene.waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThan(120_000);
  });

  test.each(COPY_FROM)('missing permission %s for the source', async action => {
    scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'] });
    scene.refuse(fromEcr(), action);
    await expectRefusal(/is not allowed to read repository 'from' of account 000000000000\. Allow this function's role/, fromEcr());
  });

  test('no permission that is effective only after a while', async () => {
    const image = add([1000]);
    scene.ecr.faults.add({ kind: 'accessDenied', operation: 'InitiateLayerUpload', times: 5 });
    await expectCopied(image);
  });

  test('a disabled key', async () => {
    add();
    scene.ecr.vanish('to');
    scene.ecr.seed({ repositoryName: 'to', encryption: { encryptionType: 'KMS', kmsKey: 'alias/our' } });
    scene.ecr.disableKey('alias/our');
    await expectRefusal(/^Repository 'to': .*disabled\. Check that the KMS key of the repository exists and is enabled/);
    scene.ecr.enableKey('alias/our');
    await scene.created(fromRegistry());
  });

  test('an image with the maximum number of tags', async () => {
    const { digest } = scene.ecr.addRealImage({ repositoryName: 'to', tags: Array.from({ length: 1000 }, (_, n) => `v${n}`) });
    await expectRefusal(/^Repository 'to': .*tags.* 1000/, fromEcr(digest, { tags: ['one-more'] }, 'to'));
    const [reason] = (await scene.refusal(fromEcr(digest, { tags: ['one-more'] }, 'to'))).split('\n');
    expect(reason).not.toContain('Try again. Changes so far are kept'); // it would fail again
  });
});

describe('an immutable tag', () => {
  test('that points to another image is retained, and both images are named', async () => {
    const { digest } = add([1000]);
    const before = scene.ecr.addRealImage({ repositoryName: 'to', tags: ['7'] });
    scene.ecr.vanish('to');
    scene.ecr.seed({ repositoryName: 'to', imageTagMutability: 'IMMUTABLE' });
    scene.ecr.addRealImage({ repositoryName: 'to', tags: ['7'], seed: 1 });
    await expectRefusal(new RegExp(`^Repository 'to': the tag '7' is immutable and points to ${before.digest}, not to ${digest}\\. Use `));
    expect(scene.tags()).toEqual({ 7: before.digest });
  });

  test('does not prevent tags before it in the list, and the error does not say otherwise', async () => {
    add([1000]);
    scene.ecr.vanish('to');
    scene.ecr.seed({ repositoryName: 'to', imageTagMutability: 'MUTABLE_WITH_EXCLUSION', exclusionFilters: ['v*'] });
    const before = scene.ecr.addRealImage({ repositoryName: 'to', tags: ['latest', 'v7'] });
    const reason = await scene.refusal(fromRegistry('lib/redis:7', { tags: ['latest', 'v7'] }));
    expect(reason).not.toContain('nothing was changed');
    expect(scene.tags()).toMatchObject({ v7: before.digest });
  });

  test('that another client sets at the same time is an error', async () => {
    const image = scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'] });
    const other = scene.ecr.addRealImage({ repositoryName: 'to', seed: 9 });
    scene.ecr.onCall = async ({ operation, input, accessKeyId }) => {
      if (operation !== 'PutImage' || input.imageTag !== 'v1' || accessKeyId === 'somebody') return;
      const client = clientOf(scene.ecr, 'somebody');
      await client.send(new PutImageCommand({ repositoryName: 'to', imageManifest: other.manifest, imageTag: 'v1' }));
      client.destroy();
    };
    await expectRefusal(
      new RegExp(`^Repository 'to': the image ${image.digest} does not have 'v1' 120 seconds after it was set`),
      fromEcr(),
    );
  });
});
