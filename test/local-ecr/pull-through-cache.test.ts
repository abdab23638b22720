import {
  BatchGetImageCommand, CreatePullThroughCacheRuleCommand, CreatePullThroughCacheRuleCommandInput,
  CreateRepositoryCreationTemplateCommand, DeletePullThroughCacheRuleCommand, DescribePullThroughCacheRulesCommand, ECRClient,
  GetAuthorizationTokenCommand, GetDownloadUrlForLayerCommand, ImageIdentifier, PutImageTagMutabilityCommand,
  UpdatePullThroughCacheRuleCommand, ValidatePullThroughCacheRuleCommand,
} from '@aws-sdk/client-ecr';
import type { IamStatement } from './iam';
import { LocalEcr } from './local-ecr';
import { clientOf, errorOf } from './test-client';
import { LocalRegistry } from '../local-registry/local-registry';
import { LocalSecrets } from '../local-secrets/local-secrets';
import type { AssumptionId } from '../probes/probes';

const HUB = 'registry-1.docker.io';
const CREDENTIALS = { username: 'me', password: 'secret' };
const SECRET = 'ecr-pullthroughcache/hub';
const MEDIA_TYPES = ['application/vnd.oci.image.manifest.v1+json', 'application/vnd.oci.image.index.v1+json'];
const DAY = 86_400_000;
const name = 'hub/library/nginx';
const upstreamName = 'library/nginx';

const CREATES: IamStatement[] = [
  { Effect: 'Allow', Action: ['ecr:CreatePullThroughCacheRule', 'iam:CreateServiceLinkedRole'], Resource: '*' },
];
let at: number;
let ecr: LocalEcr;
let client: ECRClient;
let secrets: LocalSecrets;
let hub: LocalRegistry;
let credentialArn: string;

beforeEach(async () => {
  at = Date.UTC(2026, 5, 1);
  const now = () => new Date(at);
  hub = await LocalRegistry.start({ authentication: 'token', credentials: CREDENTIALS, now, redirects: 'absolute' });
  secrets = await LocalSecrets.start();
  ecr = await LocalEcr.start({ now, principals: secrets.principals });
  ecr.secrets = secrets;
  ecr.upstream(HUB, hub.url);
  client = clientOf(ecr);
  credentialArn = secrets.secret(SECRET, JSON.stringify({ username: CREDENTIALS.username, accessToken: CREDENTIALS.password }));
});

afterEach(async () => {
  client.destroy();
  await Promise.all([ecr.stop(), secrets.stop(), hub.stop()]);
});

type NewRule = Partial<CreatePullThroughCacheRuleCommandInput>;
const create = (input: NewRule = {}, from = client) => from.send(new CreatePullThroughCacheRuleCommand({
  ecrRepositoryPrefix: 'hub', upstreamRegistryUrl: HUB, credentialArn, ...input,
}));
const describeRules = async (ecrRepositoryPrefixes?: string[]) =>
  (await client.send(new DescribePullThroughCacheRulesCommand({ ecrRepositoryPrefixes }))).pullThroughCacheRules!;
const update = (input: object) => client.send(new UpdatePullThroughCacheRuleCommand({ ecrRepositoryPrefix: 'hub', ...input }));
const validate = async () => client.send(new ValidatePullThroughCacheRuleCommand({ ecrRepositoryPrefix: 'hub' }));
const pull = (imageId: ImageIdentifier = { imageTag: '1' }, { from = client, repositoryName = name } = {}) =>
  from.send(new BatchGetImageCommand({ repositoryName, imageIds: [imageId], acceptedMediaTypes: MEDIA_TYPES, registryId: '000000000000' }));
const digestOf = async (call: ReturnType<typeof pull>) => (await call).images![0]?.imageId!.imageDigest;

describe('a rule', () => {
  test('is created, described, and deleted', async () => {
    const created = { ecrRepositoryPrefix: 'hub', upstreamRegistryUrl: HUB, upstreamRegistry: 'docker-hub', credentialArn };
    expect(await create({ ecrRepositoryPrefix: 'hub/' })).toMatchObject({
      ...created, upstreamRepositoryPrefix: 'ROOT', registryId: '000000000000', createdAt: new Date(at),
    });
    expect(await describeRules(['hub'])).toMatchObject([{ ...created, updatedAt: new Date(at) }]);
    expect(await errorOf(create())).toMatchObject({ name: 'PullThroughCacheRuleAlreadyExistsException' });
    expect(await client.send(new DeletePullThroughCacheRuleCommand({ ecrRepositoryPrefix: 'hub' }))).toMatchObject({ credentialArn });
    for (const call of [() => describeRules(['hub']), () => update({ credentialArn }), validate]) {
      expect(await errorOf(call())).toMatchObject({ name: 'PullThroughCacheRuleNotFoundException' });
    }
    expect(await describeRules()).toEqual([]);
  });

  test.each<[string, string, NewRule]>([
    ['registry.gitlab.com', 'gitlab-container-registry', {}],
    ['ghcr.io', 'github-container-registry', {}],
    ['mine.azurecr.io', 'azure-container-registry', {}],
    ['cgr.dev', 'chainguard', {}],
    ['quay.io', 'quay', { credentialArn: undefined }],
    ['registry.k8s.io', 'k8s', { credentialArn: undefined }],
    ['public.ecr.aws', 'ecr-public', { credentialArn: undefined }],
    ['000000000000.dkr.ecr.eu-west-1.amazonaws.com', 'ecr', { credentialArn: undefined }],
    ['111122223333.dkr.ecr.eu-west-1.amazonaws.com', 'ecr', {
      credentialArn: undefined, customRoleArn: 'arn:aws:iam::000000000000:role/cache', upstreamRepositoryPrefix: 'team',
    }],
  ])('for %s is of the registry %s', async (upstreamRegistryUrl, upstreamRegistry, input) => {
    expect(await create({ upstreamRegistryUrl, ...input })).toMatchObject({ upstreamRegistryUrl, upstreamRegistry });
  });

  test.each<[string, string, NewRule]>([
    ['another registry', 'UnsupportedUpstreamRegistryException', { upstreamRegistryUrl: 'harbor.example.com' }],
    ['no secret', 'UnsupportedUpstreamRegistryException', { credentialArn: undefined }],
    ['the name of another registry', 'InvalidParameterException', { upstreamRegistry: 'chainguard' }],
    ['a prefix of one character', 'InvalidParameterException', { ecrRepositoryPrefix: 'a' }],
    ['a prefix of 31 characters', 'InvalidParameterException', { ecrRepositoryPrefix: 'a'.repeat(31) }],
    ['a secret with another name', 'InvalidParameterException', {
      credentialArn: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:hub/credentials-AbCdEf',
    }],
    ['a secret of another Region', 'InvalidParameterException', {
      credentialArn: `arn:aws:secretsmanager:eu-west-1:000000000000:secret:${SECRET}-AbCdEf`,
    }],
    ['a private registry of another account without a role', 'InvalidParameterException', {
      upstreamRegistryUrl: '111122223333.dkr.ecr.eu-west-1.amazonaws.com', credentialArn: undefined,
    }],
    ['a missing secret', 'SecretNotFoundException', {
      credentialArn: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:ecr-pullthroughcache/none-AbCdEf',
    }],
  ])('cannot have %s', async (_what, error, input) => {
    expect(await errorOf(create(input))).toMatchObject({ name: error });
    expect(await describeRules()).toEqual([]);
  });

  test('needs a secret that can be read and decrypted, which is found only after a while', async () => {
    ecr.lateSecretCalls = 2;
    for (const _call of [1, 2]) expect(await errorOf(create())).toMatchObject({ name: 'SecretNotFoundException' });
    secrets.markForDeletion(SECRET);
    expect(await errorOf(create())).toMatchObject({ name: 'UnableToAccessSecretException' });
    secrets.secret(SECRET, '{}', { kmsKey: 'alias/mine' });
    expect(await errorOf(create())).toMatchObject({ name: 'UnableToDecryptSecretValueException' });
    secrets.secret(SECRET, '{}');
    await create();
  });

  test('is one of at most 50', async () => {
    const rule = { upstreamRegistryUrl: 'quay.io', credentialArn: undefined };
    for (let n = 0; n < 50; n += 1) await create({ ...rule, ecrRepositoryPrefix: `quay${n}` });
    expect(await errorOf(create({ ...rule, ecrRepositoryPrefix: 'other' }))).toMatchObject({ name: 'LimitExceededException' });
    expect(await errorOf(create({ ...rule, ecrRepositoryPrefix: 'quay0' })))
      .toMatchObject({ name: 'PullThroughCacheRuleAlreadyExistsException' });
  });

  test('gets another secret by an update, which needs one', async () => {
    await create();
    expect(await errorOf(update({}))).toMatchObject({ name: 'InvalidParameterException', message: expect.stringContaining('Please set') });
    const other = secrets.secret('ecr-pullthroughcache/other', '{}');
    at += 1000;
    expect(await update({ credentialArn: other })).toMatchObject({ credentialArn: other, updatedAt: new Date(at) });
    expect(await describeRules()).toMatchObject([{ credentialArn: other, createdAt: new Date(at - 1000) }]);
    expect(await errorOf(update({ credentialArn: other.replace('other', 'none') }))).toMatchObject({ name: 'SecretNotFoundException' });
  });

  test.each<[AssumptionId, NewRule, string]>([
    ['cache-credential-unneeded', { upstreamRegistryUrl: 'quay.io' }, 'InvalidParameterException'],
    ['cache-secret-by-caller', {}, 'UnableToAccessSecretException'],
  ])('with a secret is accepted in the other reading of %s', async (id, input, error) => {
    ecr.principal('owner', { policy: CREATES });
    const from = id === 'cache-secret-by-caller' ? clientOf(ecr, 'owner') : client;
    expect(await errorOf(create(input, from))).toMatchObject({ name: error });
    ecr.readings.set(id, 'other');
    await create(input, from);
  });

  test('is valid if the upstream registry accepts its credentials', async () => {
    await create();
    const valid = await validate();
    expect(valid).toMatchObject({ ecrRepositoryPrefix: 'hub', isValid: true, credentialArn });
    expect(valid.failure).toBeUndefined();
    hub.forgetCredentials();
    expect(await validate()).toMatchObject({ isValid: false, failure: expect.stringContaining('authentication to the upstream registry') });
    secrets.secret(SECRET, 'not JSON');
    expect(await validate()).toMatchObject({ isValid: false, failure: expect.stringContaining('secret') });
    ecr.upstream(HUB, 'http://127.0.0.1:1');
    secrets.secret(SECRET, '{"username":"me","accessToken":"secret"}');
    expect(await validate()).toMatchObject({ isValid: false, failure: expect.stringContaining('does not respond') });
  });

  test('is set with permissions that include the role', async () => {
    const customRoleArn = 'arn:aws:iam::000000000000:role/cache';
    const input = { upstreamRegistryUrl: '111122223333.dkr.ecr.eu-west-1.amazonaws.com', credentialArn: undefined, customRoleArn };
    ecr.principal('owner', { policy: CREATES });
    expect(await errorOf(create(input, clientOf(ecr, 'owner')))).toMatchObject({ message: expect.stringContaining('iam:PassRole') });
    ecr.principal('owner', { policy: [...CREATES, { Effect: 'Allow', Action: 'iam:PassRole', Resource: customRoleArn }] });
    await create(input, clientOf(ecr, 'owner'));
  });
});

describe('a pull', () => {
  test('imports an image with its layers, and creates the repository with its template', async () => {
    await create();
    await client.send(new CreateRepositoryCreationTemplateCommand({
      prefix: 'hub', appliedFor: ['PULL_THROUGH_CACHE'], imageTagMutability: 'IMMUTABLE',
    }));
    const image = hub.addImage({ name: upstreamName, tag: '1', layers: [1000, 200_000] });
    expect(await digestOf(pull())).toBe(image.digest);
    expect(ecr.repository(name)).toMatchObject({ imageTagMutability: 'IMMUTABLE', images: [{ digest: image.digest, tags: ['1'] }] });
    expect(Object.keys(ecr.layersOf(name)).sort()).toEqual([image.config, ...image.layers].sort());
    const { downloadUrl } = await client.send(new GetDownloadUrlForLayerCommand({ repositoryName: name, layerDigest: image.layers[1] }));
    expect((await (await fetch(downloadUrl!)).arrayBuffer()).byteLength).toBe(200_000);
  });

  test('of an index imports all images of it, once for concurrent pulls', async () => {
    await create();
    const index = hub.addIndex({ name: upstreamName, tag: '1', platforms: ['linux/amd64', 'linux/arm64'], nested: true });
    expect(await Promise.all([digestOf(pull()), digestOf(pull())])).toEqual([index.digest, index.digest]);
    const digests = ecr.repository(name).images.map(({ digest }) => digest);
    expect(digests).toEqual(expect.arrayContaining([index.digest, ...index.images.map(({ digest }) => digest)]));
    expect(new Set(digests).size).toBe(digests.length);
    expect(hub.requests.filter(({ path, status }) => status === 200 && path.endsWith('/manifests/1'))).toHaveLength(1);
    for (const { digest } of index.images) expect(await digestOf(pull({ imageDigest: digest }))).toBe(digest);
  });

  test('compares a tag with the upstream registry once in 24 hours, unless it is immutable', async () => {
    await create();
    const [one, two] = [hub.addImage({ name: upstreamName, tag: '1' }), hub.addImage({ name: upstreamName })];
    expect(await digestOf(pull())).toBe(one.digest);
    hub.tag(upstreamName, '1', two.digest);
    at += DAY - 1;
    expect(await digestOf(pull())).toBe(one.digest);
    at += 1;
    expect(await digestOf(pull())).toBe(two.digest);
    expect(ecr.repository(name).images.map(({ tags }) => tags)).toEqual([[], ['1']]);
    await client.send(new PutImageTagMutabilityCommand({ repositoryName: name, imageTagMutability: 'IMMUTABLE' }));
    hub.tag(upstreamName, '1', one.digest);
    at += DAY;
    expect(await digestOf(pull())).toBe(two.digest);
  });

  test('keeps the copy if the upstream registry fails, and fails without a copy', async () => {
    await create();
    const { digest } = hub.addImage({ name: upstreamName, tag: '1' });
    hub.answerError(1, 500);
    expect(await errorOf(pull())).toMatchObject({ name: 'UnableToGetUpstreamImageException' });
    expect(ecr.repository(name).exists).toBe(false);
    await pull();
    at += DAY;
    hub.answerError(1, 503);
    expect(await digestOf(pull())).toBe(digest);
    hub.forgetCredentials();
    expect(await errorOf(pull({ imageTag: '2' }))).toMatchObject({
      name: 'UnableToGetUpstreamImageException', message: expect.stringContaining('authentication to the upstream registry failed'),
    });
  });

  test.each([
    ['a damaged layer', () => hub.corrupt(1)],
    ['a damaged manifest of an index', () => hub.corruptManifest(1, /manifests\/sha256/)],
    ['a manifest without an end', () => hub.flood(1, /manifests/, 200, { 'content-type': MEDIA_TYPES[0] })],
  ])('does not import %s', async (_what, damage) => {
    await create();
    hub.addIndex({ name: upstreamName, tag: '1', platforms: ['linux/amd64'] });
    damage();
    expect(await errorOf(pull())).toMatchObject({ name: 'UnableToGetUpstreamImageException' });
    expect(hub.pending).toEqual([]);
    expect(hub.longestBody).toBeLessThan(100_000_000);
    expect(ecr.repository(name).images?.flatMap(({ tags }) => tags) ?? []).toEqual([]);
  });

  test('of an image that does not exist upstream, or has no rule, finds nothing', async () => {
    await create();
    hub.addImage({ name: upstreamName, tag: '1' });
    expect(await errorOf(pull({ imageTag: '2' }))).toMatchObject({ name: 'RepositoryNotFoundException' });
    hub.requests = [];
    expect(await errorOf(pull({ imageTag: '1' }, { repositoryName: 'hubs/library/nginx' })))
      .toMatchObject({ name: 'RepositoryNotFoundException' });
    expect(hub.requests).toEqual([]);
    await pull();
    expect((await pull({ imageTag: '2' })).failures).toMatchObject([{ failureCode: 'ImageNotFound' }]);
  });

  test.each(['assumed', 'other'] as const)('by digest imports in the %s reading of cache-digest-first-pull', async reading => {
    ecr.readings.set('cache-digest-first-pull', reading);
    await create();
    const { digest: imageDigest } = hub.addImage({ name: upstreamName, tag: '1' });
    if (reading === 'other') expect(await digestOf(pull({ imageDigest }))).toBe(imageDigest);
    else expect(await errorOf(pull({ imageDigest }))).toMatchObject({ name: 'RepositoryNotFoundException' });
    expect(ecr.images(name)).toBe(reading === 'other' ? 1 : 0);
  });

  test('uses the longest prefix, and the prefix of the upstream registry', async () => {
    const quay = await LocalRegistry.start();
    try {
      ecr.upstream('quay.io', quay.url);
      const rule = { upstreamRegistryUrl: 'quay.io', credentialArn: undefined };
      await create({ ...rule, ecrRepositoryPrefix: 'ROOT' });
      await create({ ...rule, ecrRepositoryPrefix: 'hub/library', upstreamRepositoryPrefix: 'mirror' });
      const [mirrored, other] = ['mirror/nginx', 'team/app'].map(each => quay.addImage({ name: each, tag: '1' }));
      expect(await digestOf(pull())).toBe(mirrored.digest);
      expect(await digestOf(pull({ imageTag: '1' }, { repositoryName: 'team/app' }))).toBe(other.digest);
      expect(await errorOf(create({ ...rule, ecrRepositoryPrefix: 'ROOT', upstreamRepositoryPrefix: 'team' })))
        .toMatchObject({ name: 'InvalidParameterException' });
    } finally {
      await quay.stop();
    }
  });
});

describe('a pull through the registry protocol', () => {
  const call = async (path: string, method = 'GET') => {
    const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
    const authorization = `Basic ${authorizationData![0].authorizationToken}`;
    return fetch(`${ecr.endpoint}/v2/${path}`, { method, headers: { authorization, accept: MEDIA_TYPES.join(', ') } });
  };

  test.each(['HEAD', 'GET'])('imports an image for %s of its tag, and then serves its layers', async method => {
    await create();
    const image = hub.addImage({ name: upstreamName, tag: '1' });
    const manifest = await call(`${name}/manifests/1`, method);
    expect([manifest.status, manifest.headers.get('docker-content-digest')]).toEqual([200, image.digest]);
    for (const digest of [image.config, ...image.layers]) expect((await call(`${name}/blobs/${digest}`)).status).toBe(200);
    expect((await call(`${name}/manifests/${image.digest}`)).status).toBe(200);
  });

  test('fails with the reason of the upstream registry', async () => {
    await create();
    hub.addImage({ name: upstreamName, tag: '1' });
    expect((await call('hub/library/none/manifests/1')).status).toBe(404);
    hub.forgetCredentials();
    const denied = await call(`${name}/manifests/1`);
    expect([denied.status, await denied.json()]).toEqual([403, {
      errors: [{ code: 'DENIED', message: expect.stringContaining('The authentication to the upstream registry failed.') }],
    }]);
  });
});

describe('the permissions of a pull', () => {
  const arn = `arn:aws:ecr:us-east-1:000000000000:repository/${name}`;
  const allow = (...Action: string[]): IamStatement => ({ Effect: 'Allow', Action, Resource: arn });
  const registryPolicy = (account: string, ...Action: string[]) => JSON.stringify({
    Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action, Resource: arn }],
  });

  beforeEach(async () => {
    await create();
    hub.addImage({ name: upstreamName, tag: '1' });
  });

  test.each<[string, string[], string]>([
    ['without ecr:CreateRepository', ['ecr:BatchGetImage', 'ecr:BatchImportUpstreamImage'], 'RepositoryNotFoundException'],
    ['without ecr:BatchImportUpstreamImage', ['ecr:BatchGetImage', 'ecr:CreateRepository'], 'RepositoryNotFoundException'],
    ['without any for imports', ['ecr:BatchGetImage'], 'RepositoryNotFoundException'],
  ])('%s import nothing', async (_what, actions, error) => {
    ecr.principal('puller', { policy: [allow(...actions)] });
    expect(await errorOf(pull(undefined, { from: clientOf(ecr, 'puller') }))).toMatchObject({ name: error });
    expect(ecr.repository(name).exists).toBe(false);
  });

  test('are used for the first pull only, and can be in the policy of the registry', async () => {
    ecr.principal('puller', { policy: [allow('ecr:BatchGetImage', 'ecr:BatchImportUpstreamImage', 'ecr:CreateRepository')] });
    const from = clientOf(ecr, 'puller');
    await pull(undefined, { from });
    expect(ecr.granted('puller')).toHaveLength(3);
    ecr.principal('puller', { policy: [allow('ecr:BatchGetImage')] });
    await pull(undefined, { from });
    ecr.vanish(name);
    const permit = (principal: string) =>
      ecr.registryPolicy({}, registryPolicy(principal, 'ecr:BatchImportUpstreamImage', 'ecr:CreateRepository'));
    permit('000000000000');
    expect(await errorOf(pull(undefined, { from }))).toMatchObject({ name: 'RepositoryNotFoundException' });
    permit('arn:aws:sts::000000000000:assumed-role/local/puller');
    await pull(undefined, { from });
  });

  test('of another account are those of the registry for the import, and of the template for the pull', async () => {
    ecr.repositoryPolicies = 'enforced';
    ecr.principal('foreign', { account: '222222222222' });
    const attempt = () => pull(undefined, { from: clientOf(ecr, 'foreign') });
    await client.send(new CreateRepositoryCreationTemplateCommand({
      prefix: 'hub',
      appliedFor: ['PULL_THROUGH_CACHE'],
      repositoryPolicy: JSON.stringify({
        Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: '222222222222' }, Action: 'ecr:BatchGetImage' }],
      }),
    }));
    expect(await errorOf(attempt())).toMatchObject({ name: 'AccessDeniedException' });
    expect(ecr.repository(name).exists).toBe(false);
    ecr.registryPolicy({}, registryPolicy('222222222222', 'ecr:BatchImportUpstreamImage', 'ecr:CreateRepository'));
    expect((await attempt()).images).toHaveLength(1);
  });
});
