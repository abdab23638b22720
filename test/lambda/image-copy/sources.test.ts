import type { RequestOptions } from 'node:http';
import { Aws, Fn, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Build, copying, CopyScene, fromRegistry, MB, partsOf, Success } from './copy-scene';
import { ImageCopy, ImageSource, Repository } from '../../../src';
import { LoopbackServer } from '../../local-ecr/loopback-server';
import { LocalRegistry, LocalRegistryOptions } from '../../local-registry/local-registry';

const USER = { username: 'puller', password: 'pa:ss wörd' };
const SECRET = 'ecr-pullthroughcache/hub';
const SECRET_ARN = `arn:aws:secretsmanager:us-east-1:000000000000:secret:${SECRET}-AbCdEf`;
const LAYERS = [1000, 6 * MB];
/** The modules whose members can be replaced. */
const [http, https] = ['http', 'https'].map(name => jest.requireActual<typeof import('node:http')>(`node:${name}`));

let scene: CopyScene;
const servers = new Array<LoopbackServer>();
const start = async (options: LocalRegistryOptions = {}) => { scene = await CopyScene.start(options); };
afterEach(async () => {
  jest.restoreAllMocks();
  await scene.stop();
  await Promise.all(servers.splice(0).map(server => server.stop()));
});

/** Returns a copy with credentials. The permission for a customer managed key depends on the ARN. */
const withSecret = (withKey = false): Build => (stack: Stack) => {
  const encryptionKey = withKey ? kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:000000000000:key/1234') : undefined;
  const credentials = secretsmanager.Secret.fromSecretAttributes(stack, 'Secret', { secretCompleteArn: SECRET_ARN, encryptionKey });
  fromRegistry('lib/redis:7', {}, { credentials })(stack);
};
const keep = (value: string | Uint8Array) => scene.account.secrets.secret(SECRET, value);
const addImage = () => scene.registry.addImage({ name: 'lib/redis', tag: '7', layers: LAYERS });

async function expectCopied(build: Build): Promise<Success> {
  const image = addImage();
  const answer = await scene.created(build);
  expect(await scene.pull('7')).toEqual(partsOf(image));
  return answer;
}

/** Checks that the value of the secret does not appear in any output. */
function expectNoSecret(...texts: string[]): void {
  const said = `${scene.log}\n${scene.answers.map(answer => JSON.stringify(answer)).join('\n')}`;
  for (const text of texts) {
    for (const form of [text, Buffer.from(text).toString('base64'), encodeURIComponent(text), JSON.stringify(text).slice(1, -1)]) {
      expect(said).not.toContain(form);
    }
  }
}

describe('a registry accepts', () => {
  test('requests without credentials', async () => {
    await start();
    await expectCopied(fromRegistry());
    expect(new Set(scene.registry.requests.map(({ authorization }) => authorization))).toEqual(new Set(['none']));
  });

  test.each([
    ['basic authentication', { authentication: 'basic' as const }], ['a token', { authentication: 'token' as const }],
    ['a token under its other name', { authentication: 'token' as const, tokenMember: 'access_token' as const }],
  ])('the credentials of the secret for %s', async (_what, options) => {
    await start({ ...options, credentials: USER });
    keep(JSON.stringify(USER));
    await expectCopied(withSecret());
    expectNoSecret(USER.password, `${USER.username}:${USER.password}`);
  });

  test('a secret of a pull through cache rule, encrypted with a customer managed key', async () => {
    await start({ authentication: 'token', credentials: USER });
    scene.account.secrets.secret(SECRET, JSON.stringify({ username: USER.username, accessToken: USER.password }), {
      kmsKey: 'arn:aws:kms:us-east-1:000000000000:key/1234',
    });
    await expectCopied(withSecret(true));
  });

  test('an anonymous token', async () => {
    await start({ authentication: 'token', anonymous: 'allowed' });
    await expectCopied(fromRegistry());
    expect(scene.registry.requests.filter(({ path }) => path === '/token')).toHaveLength(1);
  });

  test('tokens that expire during the copy', async () => {
    await start({ authentication: 'token', anonymous: 'allowed', tokenUses: 3 });
    scene.registry.addIndex({ name: 'lib/redis', tag: '7', platforms: ['linux/amd64', 'linux/arm64', 'linux/s390x'] });
    await scene.created(fromRegistry());
    expect(scene.registry.requests.filter(({ path }) => path === '/token').length).toBeGreaterThan(3);
  });
});

describe('the copy refuses or reports', () => {
  test.each(['basic', 'token'] as const)('wrong credentials for %s authentication', async authentication => {
    await start({ authentication, credentials: USER });
    addImage();
    keep(JSON.stringify({ ...USER, password: 'hunter2' }));
    expect(await scene.refusal(withSecret()))
      .toMatch(/^Repository 'to': 127\S+\/lib\/redis rejected the credentials.*\. Correct the secret/);
    expectNoSecret('hunter2', `${USER.username}:hunter2`);
  });

  test.each(['refused', 'powerless'] as const)('missing credentials if the anonymous token is %s', async anonymous => {
    await start({ authentication: 'token', anonymous });
    addImage();
    expect(await scene.refusal(fromRegistry()))
      .toMatch(/^Repository 'to': 127\S+\/lib\/redis requires credentials, or does not exist\. Specify 'credentials'/);
  });

  test('credentials that become invalid during the copy', async () => {
    await start({ authentication: 'token', credentials: USER });
    addImage();
    keep(JSON.stringify(USER));
    scene.ecr.onCall = ({ operation }) => { if (operation === 'InitiateLayerUpload') scene.registry.forgetCredentials(); };
    expect(await scene.refusal(withSecret())).toMatch(/rejected the credentials.*\. Correct/);
    expect(scene.tags()).toEqual({});
  });

  test.each([
    ['no JSON', 'hunter2-no-json'], ['a JSON string', '"hunter2"'], ['null', 'null'], ['no user name', '{"password":"hunter2"}'],
    ['a password that is not a string', '{"username":"hunter2","password":12}'], ['bytes', Buffer.from('hunter2')],
  ])('a secret with %s', async (_what, value) => {
    await start({ authentication: 'basic', credentials: USER });
    keep(value);
    expect(await scene.refusal(withSecret()))
      .toMatch(/^Repository 'to': the secret arn:\S+ must be a JSON object with 'username' and either 'password' or 'accessToken'/);
    expectNoSecret('hunter2');
  });

  test('a missing secret and a secret that is being deleted', async () => {
    await start({ authentication: 'basic', credentials: USER });
    expect(await scene.refusal(withSecret()))
      .toMatch(/^Repository 'to': the secret arn:\S+ with the registry's credentials cannot be read\. Check that it exists/);
    keep(JSON.stringify(USER));
    scene.account.secrets.markForDeletion(SECRET);
    expect(await scene.refusal(withSecret()))
      .toMatch(/^Repository 'to': the secret arn:\S+ .* cannot be read\. Check that it exists and is not being deleted\. AWS returned: /);
    expectNoSecret(USER.password);
  });

  test('a token server without TLS', async () => {
    await start();
    keep(JSON.stringify(USER));
    const asked = new Array<string>();
    const { request } = http;
    jest.spyOn(http, 'request').mockImplementation(((target: unknown, ...rest: [RequestOptions]) => {
      if (!(target instanceof URL)) return request(target as string, ...rest);
      asked.push(target.host);
      return request(target.hostname === '127.0.0.1' ? target : scene.registry.url, ...rest);
    }) as typeof http.request);
    for (const realm of ['http://192.0.2.1/token', 'http://127.example.com/token']) {
      const server = await LoopbackServer.start(async ({ response }) => {
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="x"` }).end();
      });
      servers.push(server);
      const reason = await scene.refusal(withSecret(), { ResourceProperties: elsewhere(server) });
      expect({ realm, asked: asked.filter(host => host === new URL(realm).host) }).toEqual({ realm, asked: [] });
      expect(reason).toMatch(/could be intercepted\. The address must use https/);
    }
  });

  const LINKED = [
    'https://127.0.0.1:8443/token', 'https://localhost/token', 'https://2130706433/token', 'https://0.0.0.0/token', 'https://[::1]/token',
    'https://[::ffff:127.0.0.1]/token', 'https://169.254.170.2/v2/credentials', 'https://169.254.169.254/token',
    'https://[fe80::1]/token', 'https://[::ffff:169.254.169.254]/token', 'https://[fd00:ec2::254]/token',
  ];

  test.each([
    ...LINKED.map(realm => ['registry.example.com', realm]),
    ['registry.example.com', 'http://127.0.0.1:9001/token'],
    ['registry.example.com', 'http://localhost:9001/token'],
    ['127.0.0.1', 'https://169.254.170.2/token'],
    ['127.0.0.1', 'http://169.254.170.2/token'],
  ])('for the registry %s, the token server %s, which is local to the function', async (registry, realm) => {
    await start({ authentication: 'token', credentials: USER });
    keep(JSON.stringify(USER));
    const server = await LoopbackServer.start(async ({ response }) => {
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="x"` }).end();
    });
    servers.push(server);
    const asked = withoutTls(server);
    const { request } = http;
    jest.spyOn(http, 'request').mockImplementation(((target: unknown, ...rest: [RequestOptions]) => {
      if (target instanceof URL) asked.push(target);
      return request(target as URL, ...rest);
    }) as typeof http.request);
    const host = registry === '127.0.0.1' ? new URL(server.url).host : registry;
    const reason = await scene.refusal(withSecret(), { ResourceProperties: scene.propertiesOf(scene.stack(withSecret()), host) });
    expect(reason).toMatch(/could be intercepted\. The address must use https, and must not be a local address of this function/);
    expect(asked.filter(url => url.pathname !== '/v2/lib/redis/manifests/7' && url.host === new URL(realm).host)).toEqual([]);
  });

  test('the target of a redirect that requests the credentials', async () => {
    await start();
    keep(JSON.stringify(USER));
    const seen = new Array<string | undefined>();
    const stranger = await LoopbackServer.start(async ({ request, response }) => {
      seen.push(request.headers.authorization);
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${stranger.url}/token",service="x"` }).end();
    });
    const server = await LoopbackServer.start(async ({ request, response }) => {
      response.writeHead(307, { location: `${stranger.url}${request.url}` }).end();
    });
    servers.push(server, stranger);
    expect(await scene.refusal(withSecret(), { ResourceProperties: elsewhere(server) })).toContain('rejected the credentials');
    expect(seen).toEqual([undefined]);
  });
});

/** Returns the properties of `withSecret` for another registry. */
const elsewhere = ({ url }: LoopbackServer) => scene.propertiesOf(scene.stack(withSecret()), new URL(url).host);

test('a registry that offers several ways to authenticate is read with tokens', async () => {
  await start({ authentication: 'token', credentials: USER });
  keep(JSON.stringify(USER));
  const image = addImage();
  // as repository managers behind a proxy send it: two headers, and the realm of the second one is not a URL
  const server = await LoopbackServer.start(async ({ request, response }) => {
    const { authorization, accept } = request.headers;
    const answer = await fetch(`${scene.registry.url}${request.url}`, {
      headers: { ...authorization === undefined ? {} : { authorization }, ...accept === undefined ? {} : { accept } },
    });
    const headers: Record<string, string | string[]> = { ...Object.fromEntries(answer.headers) };
    if (answer.status === 401) {
      headers['www-authenticate'] = [headers['www-authenticate'] as string, 'Basic realm="Repository Manager Realm"'];
    }
    response.writeHead(answer.status, headers).end(Buffer.from(await answer.arrayBuffer()));
  });
  servers.push(server);
  const answer = await scene.create(withSecret(), { ResourceProperties: elsewhere(server) });
  expect(answer).toMatchObject({ Status: 'SUCCESS', Data: { ImageDigestHex: image.digest.slice(7) } });
});

describe('a redirect', () => {
  test('to another origin is followed without the authorization', async () => {
    await start({ authentication: 'token', credentials: USER, redirects: 'absolute' });
    keep(JSON.stringify(USER));
    await expectCopied(withSecret());
    const stored = scene.registry.requests.filter(({ path }) => path.startsWith('/storage/'));
    expect(stored.length).toBeGreaterThan(2);
    expect(new Set(stored.map(({ authorization }) => authorization))).toEqual(new Set(['none']));
  });

  test('to another path is followed with the authorization', async () => {
    await start({ authentication: 'token', credentials: USER, redirects: 'relative' });
    keep(JSON.stringify(USER));
    await expectCopied(withSecret());
    expect(new Set(scene.registry.requests.filter(({ path }) => path.startsWith('/storage/')).map(({ authorization }) => authorization)))
      .toEqual(new Set(['bearer']));
  });

  test('without an end is an error', async () => {
    await start();
    const server = await LoopbackServer.start(async ({ request, response }) => {
      response.writeHead(307, { location: `${request.url}x` }).end();
    });
    servers.push(server);
    keep(JSON.stringify(USER));
    expect(await scene.refusal(withSecret(), { ResourceProperties: elsewhere(server) })).toMatch(/redirects more than 5 times.*\. Check/);
  });

  test('to a local address of the function is not followed', async () => {
    await start();
    const server = await LoopbackServer.start(async ({ response }) => {
      response.writeHead(307, { location: 'https://169.254.170.2/v2/credentials' }).end();
    });
    servers.push(server);
    const asked = withoutTls(server);
    const build = fromRegistry();
    expect(await scene.refusal(build, { ResourceProperties: scene.propertiesOf(scene.stack(build), 'registry.example.com') }))
      .toMatch(/redirects to 169\.254\.170\.2, a local address of this function, which is not followed\. Check/);
    expect(asked.map(({ host }) => host)).toEqual(['registry.example.com']);
  });

  test('from https to http is not followed', async () => {
    await start({ redirects: 'absolute' });
    addImage();
    withoutTls(scene.registry);
    const build = fromRegistry();
    const answer = await scene.create(build, { ResourceProperties: scene.propertiesOf(scene.stack(build), 'registry.example.com') });
    expect(answer).toMatchObject({
      Status: 'FAILED', Reason: expect.stringMatching(/redirects to 127\S+ without TLS, which is not followed.*\. It must/),
    });
  });
});

describe('credentials are sent only as the template declares:', () => {
  const OTHER_ARN = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:other-AbCdEf';
  const twoSecrets = (stack: Stack) => {
    withSecret()(stack);
    const credentials = secretsmanager.Secret.fromSecretCompleteArn(stack, 'Other', OTHER_ARN);
    new ImageCopy(stack, 'OtherCopy', {
      source: ImageSource.fromRegistry('ghcr.io/team/app:v1', { credentials }),
      repository: Repository.fromRepositoryName(stack, 'OtherTo', 'to'),
    });
  };
  const startAsked = async () => {
    await start({ authentication: 'basic', credentials: USER });
    addImage();
    keep(JSON.stringify(USER));
    scene.account.secrets.secret('other', JSON.stringify(USER));
  };
  const forged = (source: object) => {
    const properties = scene.propertiesOf(scene.stack(twoSecrets));
    return { ResourceProperties: { ...properties, Source: { ...properties.Source as object, ...source } } };
  };
  const REFUSAL = /^Repository 'to': no credentials are sent to \S+, because the template declares no such copy\. Deploy/;

  test('a request with an undeclared registry is refused before the secret is read', async () => {
    await startAsked();
    const other = await LocalRegistry.start({ authentication: 'basic', credentials: USER });
    try {
      expect(await scene.refusal(twoSecrets, forged({ Registry: other.host }))).toMatch(REFUSAL);
      expect(other.requests).toEqual([]);
      expect(scene.account.secrets.calls).toEqual([]);
    } finally {
      await other.stop();
    }
  });

  test('a request with a declared registry and the secret of another one is refused', async () => {
    await startAsked();
    expect(await scene.refusal(twoSecrets, forged({ SecretArn: OTHER_ARN }))).toMatch(REFUSAL);
    expect(scene.account.secrets.calls).toEqual([]);
  });

  test('an update with an undeclared registry is refused', async () => {
    await startAsked();
    await scene.created(twoSecrets);
    const answer = await scene.update(twoSecrets, 'UPDATE_IN_PROGRESS', forged({ Registry: 'evil.example', RepositoryName: 'x' }));
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(REFUSAL) });
  });

  test('the token for ECR Public is sent to no other registry', async () => {
    await start();
    const answer = await scene.refusal(fromRegistry(), {
      ResourceProperties: {
        ...scene.propertiesOf(scene.stack(fromRegistry())),
        Source: { Registry: scene.registry.host, RepositoryName: 'lib/redis', WithPublicToken: 'true' },
      },
    });
    expect(answer).toMatch(REFUSAL);
    expect(scene.account.ecrPublic.calls).toEqual([]);
  });

  test('a secret whose ARN is known only at deployment is accepted for its registry', async () => {
    await start({ authentication: 'basic', credentials: USER });
    keep(JSON.stringify(USER));
    await expectCopied((stack: Stack) => {
      const secretCompleteArn = Fn.join(':', [`arn:aws:secretsmanager:us-east-1:${Aws.ACCOUNT_ID}`, `secret:${SECRET}-AbCdEf`]);
      fromRegistry('lib/redis:7', {}, {
        credentials: secretsmanager.Secret.fromSecretCompleteArn(stack, 'Secret', secretCompleteArn),
      })(stack);
    });
  });

  test('a Delete in the cleanup of an update needs no declared pair, which the function no longer has', async () => {
    await startAsked();
    await scene.created(twoSecrets);
    scene.account.environmentOf = () => ({});
    expect(await scene.delete(twoSecrets, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS')).toMatchObject({ Status: 'SUCCESS' });
    expect(await scene.delete(twoSecrets, 'DELETE_IN_PROGRESS')).toMatchObject({ Status: 'SUCCESS' });
  });
});

/** Sends requests to any https host to the registry, because no server here has a certificate. */
function withoutTls({ url }: Pick<LocalRegistry, 'url'>): URL[] {
  const asked = new Array<URL>();
  jest.spyOn(https, 'request').mockImplementation(((target: URL, options: RequestOptions) => {
    asked.push(target);
    return http.request(new URL(`${target.pathname}${target.search}`, url), { ...options, agent: undefined });
  }) as unknown as typeof https.request);
  return asked;
}

test('ECR Public is read with a token of this account', async () => {
  await start();
  const image = scene.registry.addImage({ name: 'docker/library/redis', tag: '7' });
  const asked = withoutTls(scene.registry);
  await scene.created((stack: Stack) => {
    new ImageCopy(stack, 'Copy', {
      source: ImageSource.fromEcrPublic('public.ecr.aws/docker/library/redis:7'),
      repository: Repository.fromRepositoryName(stack, 'To', 'to'),
    });
  });
  expect(scene.tags()).toEqual({ 7: image.digest });
  expect(new Set(asked.map(({ origin }) => origin))).toEqual(new Set(['https://public.ecr.aws']));
  expect(scene.account.ecrPublic.calls.map(({ operation, region }) => [operation, region]))
    .toEqual([['GetAuthorizationToken', 'us-east-1']]);
  expect(new Set(scene.registry.requests.map(({ authorization }) => authorization))).toEqual(new Set(['bearer']));
});

test.each([
  'aws-cn', 'aws-us-gov',
])('ECR Public is read without a token in the partition %s, which has no API of ECR Public', async partition => {
  await start();
  const image = scene.registry.addImage({ name: 'docker/library/redis', tag: '7' });
  withoutTls(scene.registry);
  const stack = scene.stack(copying(() => ImageSource.fromEcrPublic('public.ecr.aws/docker/library/redis:7'), {}));
  const answer = await scene.create(stack, { StackId: stack.stackId.replace('arn:aws:', `arn:${partition}:`) });
  expect(answer).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.tags()).toEqual({ 7: image.digest });
  expect(scene.account.ecrPublic.calls).toEqual([]);
  expect(new Set(scene.registry.requests.map(({ authorization }) => authorization))).toEqual(new Set(['none']));
});

test('a layer is read again from its beginning if the registry does not support ranges', async () => {
  await start({ ranges: false });
  scene.registry.cut(2, 3 * MB);
  await expectCopied(fromRegistry());
  expect(scene.registry.pending).toEqual([]);
});
