import {
  BatchDeleteImageCommand, CreateRepositoryCommand, DeleteRepositoryCommand, ECRClient, GetSigningConfigurationCommand,
  ListImagesCommand, PutImageCommand,
} from '@aws-sdk/client-ecr';
import { LocalEcr } from './local-ecr';
import { clientOf, errorOf, startForEachTest } from './test-client';

const repositoryName = 'app';
let ecr: LocalEcr;
let client: ECRClient;

startForEachTest((started, itsClient) => {
  [ecr, client] = [started, itsClient];
  ecr.seed({ repositoryName, images: 3 });
});

const list = (from = client) => from.send(new ListImagesCommand({ repositoryName }));
const remove = (from = client) => from.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
const outcomes = () => ecr.calls.map(call => `${call.operation} ${call.outcome}`);

describe('faults', () => {
  test.each([
    ['throttle', 'ThrottlingException', 'Rate exceeded', 400],
    ['serverError', 'ServerException', expect.any(String), 500],
    ['accessDenied', 'AccessDeniedException', expect.stringContaining('is not authorized to perform: ecr:DeleteRepository'), 400],
  ] as const)('the fault %s returns %s without an effect', async (kind, name, message, httpStatusCode) => {
    ecr.faults.add({ kind });
    expect(await errorOf(remove())).toMatchObject({ name, message, $metadata: { httpStatusCode } });
    expect(ecr.repository(repositoryName).exists).toBe(true);
    await remove();
  });

  test('reset destroys the socket before the operation', async () => {
    ecr.faults.add({ kind: 'reset' });
    expect(await errorOf(remove())).toMatchObject({ message: expect.stringContaining('socket hang up') });
    expect(ecr.repository(repositoryName).exists).toBe(true);
    expect(ecr.calls).toMatchObject([{ outcome: 'reset', fault: 'reset' }]);
  });

  test('hang has no effect and never responds, and stopping the server ends it', async () => {
    ecr.faults.add({ kind: 'hang' });
    const hanging = errorOf(list());
    await new Promise<void>(resolve => { ecr.onCall = () => resolve(); });
    await ecr.stop();
    expect(await hanging).toMatchObject({ message: expect.stringContaining('socket hang up') });
  });

  test('killAfter runs the operation and then ignores its caller until it is revived', async () => {
    const other = clientOf(ecr, 'other');
    ecr.faults.add({ kind: 'killAfter', operation: 'DeleteRepository' });
    expect(await errorOf(remove())).toMatchObject({ message: expect.stringContaining('socket hang up') });
    expect(ecr.repository(repositoryName).exists).toBe(false);
    await errorOf(list());
    await expect(list(other)).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
    ecr.revive('test');
    await expect(list()).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
    expect(ecr.calls.map(call => [call.operation, call.accessKeyId, call.outcome, call.fault])).toEqual([
      ['DeleteRepository', 'test', 'ok', 'killAfter'],
      ['ListImages', 'test', 'dead', undefined],
      ['ListImages', 'other', 'RepositoryNotFoundException', undefined],
      ['ListImages', 'test', 'RepositoryNotFoundException', undefined],
    ]);
  });

  test('the retries of the SDK succeed after temporary faults', async () => {
    ecr.faults.add({ kind: 'throttle' }, { kind: 'serverError' }, { kind: 'reset' });
    expect((await list(clientOf(ecr, 'test', { maxAttempts: 4 }))).imageIds).toHaveLength(3);
    expect(outcomes()).toEqual(['ListImages ThrottlingException', 'ListImages ServerException', 'ListImages reset', 'ListImages ok']);
    expect(ecr.faults.pending).toEqual([]);
  });

  test('a fault can target an operation, a caller, and a range of requests', async () => {
    ecr.faults.add({ kind: 'throttle', operation: /^List/, accessKeyId: 'test', skip: 1, times: 2 });
    await expect(clientOf(ecr, 'other').send(new GetSigningConfigurationCommand({})))
      .rejects.toMatchObject({ name: 'UnknownOperationException' });
    const results = new Array<string>();
    for (let n = 0; n < 4; n += 1) results.push(await list().then(() => 'ok', error => error.name));
    expect(results).toEqual(['ok', 'ThrottlingException', 'ThrottlingException', 'ok']);
  });

  test('cleared faults have no effect', async () => {
    ecr.faults.add({ kind: 'throttle', times: Infinity });
    expect(ecr.faults.pending).toHaveLength(1);
    ecr.faults.clear();
    await list();
  });

  test('imageFailure and kms cause failures of single images in a 200 response', async () => {
    ecr.seed({ repositoryName: 'sealed', images: 2, encryption: { encryptionType: 'KMS' } });
    const [first, second] = ecr.repository(repositoryName).images.map(image => ({ imageDigest: image.digest }));
    ecr.faults.add({ kind: 'imageFailure', failureCode: 'UpstreamUnavailable', imageDigest: second.imageDigest }, { kind: 'kms' });
    const one = await client.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [first, second] }));
    expect(one.imageIds).toHaveLength(1);
    expect(one.failures).toMatchObject([{ imageId: second, failureCode: 'UpstreamUnavailable' }]);
    const two = await client.send(new BatchDeleteImageCommand({ repositoryName: 'sealed', imageIds: [{ imageTag: 'v1' }] }));
    expect(two.failures).toMatchObject([{ failureCode: 'KmsError' }]);
    expect(ecr.images('sealed')).toBe(2);
  });

  test('kms fails a creation and a push without an effect', async () => {
    ecr.seed({ repositoryName: 'sealed', encryption: { encryptionType: 'KMS' } });
    ecr.faults.add({ kind: 'kms', times: 2 });
    const create = client.send(new CreateRepositoryCommand({ repositoryName: 'new', encryptionConfiguration: { encryptionType: 'KMS' } }));
    await expect(create).rejects.toMatchObject({ name: 'KmsException' });
    const push = client.send(new PutImageCommand({ repositoryName: 'sealed', imageManifest: '{"mediaType":"x"}' }));
    await expect(push).rejects.toMatchObject({ name: 'KmsException' });
    expect([ecr.repository('new').exists, ecr.images('sealed')]).toEqual([false, 0]);
  });

  test('an operation reports a fault that it does not support', async () => {
    ecr.faults.add({ kind: 'kms' });
    await expect(list()).rejects.toMatchObject({
      name: 'LocalServiceDefect', message: expect.stringContaining('cannot act out the fault "kms"'),
    });
  });
});

describe('time', () => {
  test('a rate limit throttles requests', async () => {
    ecr.limitRate({ operation: 'ListImages', perSecond: 0.001, burst: 2 });
    const results = new Array<string>();
    for (let n = 0; n < 3; n += 1) results.push(await list().then(() => 'ok', error => error.name));
    expect(results).toEqual(['ok', 'ok', 'ThrottlingException']);
    await remove();
  });

  test('latency is added to every request', async () => {
    ecr.latencyMs = 40;
    const start = performance.now();
    await list();
    expect(performance.now() - start).toBeGreaterThanOrEqual(35);
  });

  test('the clock can be replaced', async () => {
    const now = new Date('2026-06-01T12:00:00Z');
    const dated = await LocalEcr.start({ now: () => now });
    const { repository } = await clientOf(dated).send(new CreateRepositoryCommand({ repositoryName }));
    expect(repository!.createdAt).toEqual(now);
    await dated.stop();
  });
});

describe('log', () => {
  test('contains the caller, the operation, the repository, and the result of each call', async () => {
    await list();
    await errorOf(client.send(new ListImagesCommand({ repositoryName: 'absent' })));
    expect(ecr.calls).toEqual([
      { operation: 'ListImages', accessKeyId: 'test', region: 'us-east-1', repositoryName, input: { repositoryName }, outcome: 'ok' },
      expect.objectContaining({ repositoryName: 'absent', outcome: 'RepositoryNotFoundException' }),
    ]);
    ecr.clearCalls();
    expect(ecr.calls).toEqual([]);
  });

  test('onCall can change the state between two calls', async () => {
    ecr.onCall = call => {
      if (call.operation === 'ListImages') ecr.vanish(repositoryName);
    };
    expect((await list()).imageIds).toHaveLength(3);
    await expect(remove()).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
  });
});

describe('protocol', () => {
  const post = (headers: Record<string, string>, body = '{}') => fetch(ecr.endpoint, { method: 'POST', headers, body });
  const target = { 'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.ListImages' };
  const authorization = (service: string) => `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, Signature=0`;

  test.each([
    ['without a signature', target, '{}', 'MissingAuthenticationTokenException'],
    ['signed for another service', { ...target, authorization: authorization('s3') }, '{}', 'InvalidSignatureException'],
    ['without a target', { authorization: authorization('ecr') }, '{}', 'UnknownOperationException'],
    ['with a body that is no object', { ...target, authorization: authorization('ecr') }, '[]', 'SerializationException'],
    ['without the repository', { ...target, authorization: authorization('ecr') }, '{}', 'InvalidParameterException'],
  ])('%s', async (_name, headers, body, type) => {
    const response = await post(headers, body);
    expect([response.status, ((await response.json()) as { __type: string }).__type]).toEqual([400, type]);
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('seeding', () => {
  test('is deterministic, depends on the name, and continues after earlier images', async () => {
    const again = await LocalEcr.start();
    again.seed({ repositoryName, images: 3 });
    expect(again.repository(repositoryName)).toEqual(ecr.repository(repositoryName));
    ecr.seed({ repositoryName: 'other', images: 3 });
    ecr.seed({ repositoryName, images: 2, tagsPerImage: 2 });
    const images = ecr.repository(repositoryName).images;
    expect(images.map(image => image.tags)).toEqual([['v1'], ['v2'], ['v3'], ['v4', 'v4-2'], ['v5', 'v5-2']]);
    expect(new Set([...images, ...ecr.repository('other').images].map(image => image.digest)).size).toBe(8);
    await again.stop();
  });

  test('archives an index before its children', () => {
    ecr.seed({ repositoryName: 'multi', images: 6, kind: 'multiArch', archived: 2 });
    expect(ecr.repository('multi').images.map(image => image.status))
      .toEqual(['ACTIVE', 'ARCHIVED', 'ARCHIVED', 'ACTIVE', 'ACTIVE', 'ACTIVE']);
  });
});
