import * as tls from 'node:tls';
import { ECRClient } from '@aws-sdk/client-ecr';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Build, copying, CopyScene, MB } from './copy-scene';
import { agentsOf, proxyAuthorization } from '../../../lambda/image-copy/clients';
import { PROXY_TIMEOUT } from '../../../lambda/image-copy/proxy';
import { clientConfiguration } from '../../../lambda/shared/aws/clients';
import { ImageCopyFunction, ImageCopyFunctionProps, ImageSource, RegistryImageSourceOptions } from '../../../src';
import { FORWARD_PROXY } from '../../../src/core/wire/image-copy';
import { certificateFor } from '../../local-proxy/certificate';
import { closedPort, LocalProxy, LocalProxyOptions } from '../../local-proxy/local-proxy';
import type { LocalRegistryOptions } from '../../local-registry/local-registry';
import type { Answer } from '../local-account';

/** Nothing but the proxy resolves these names. https://www.rfc-editor.org/rfc/rfc6761#section-6.4 */
const REGISTRY = 'registry.invalid';
const API = 'api.ecr.invalid';
const LAYERS = 'dkr.ecr.invalid';
const RESPONSES = 'responses.s3.invalid';
const PROXY_LOGIN = { username: 'copier', password: 'pass:wörd' };
const READER = { username: 'reader', password: 'read' };
const SECRET = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:proxy-AbCdEf';
const READER_SECRET = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:reader-AbCdEf';

/** Placeholder in templates for the URL of the proxy, which is different in every test. */
const PROXY = 'http://proxy.example.com:3128';

const CERTIFICATE = certificateFor(REGISTRY);
const { setDefaultCACertificates, getCACertificates } = tls as unknown as {
  setDefaultCACertificates(certificates: string[]): void; getCACertificates(type?: string): string[];
};
const trusted = getCACertificates('default');

let scene: CopyScene;
let proxy: LocalProxy;

beforeAll(() => setDefaultCACertificates([...trusted, CERTIFICATE.cert]));
afterAll(() => setDefaultCACertificates(trusted));
afterEach(async () => {
  expect(proxy.pending).toBe(0);
  await Promise.all([scene.stop(), proxy.stop()]);
});

/** Starts a registry, Amazon ECR, and an endpoint for responses, which only the proxy makes known. */
async function start(options: LocalProxyOptions = {}, registry: LocalRegistryOptions = {}): Promise<void> {
  scene = await CopyScene.start({ publicUrl: `https://${REGISTRY}`, ...registry });
  proxy = await LocalProxy.start(options);
  await proxy.routeWithTls(REGISTRY, scene.registry.url, CERTIFICATE);
  proxy.route(`${API}:80`, scene.ecr.endpoint);
  proxy.route(`${LAYERS}:80`, scene.ecr.endpoint);
  proxy.route(`${RESPONSES}:80`, scene.account.responses.url('any'));
  scene.ecr.proxyEndpoint = `http://${LAYERS}`;
  const surroundings = scene.account.surroundings.bind(scene.account);
  scene.account.surroundings = accessKeyId => {
    const others = surroundings(accessKeyId);
    const environment = environmentWith(proxy.url);
    const secretArn = environment[FORWARD_PROXY.secret];
    const { secrets } = scene.account.clients(accessKeyId);
    const agents = agentsOf(environment, secretArn === undefined ? undefined : proxyAuthorization(secrets, others.clock, secretArn));
    // as the function, except for the name of the API and the pauses between attempts
    const ecr = new ECRClient({
      ...clientConfiguration(agents),
      region: 'us-east-1',
      credentials: { accessKeyId, secretAccessKey: 'test' },
      endpoint: `http://${API}`,
      retryMode: 'standard',
      maxAttempts: 2,
    });
    return { ...others, agents, ecr };
  };
}

let environment: Record<string, string> = {};

/** Returns the environment of the deployed function, with the address of the proxy in this test. */
function environmentWith(url: string): Record<string, string> {
  return { ...environment, [FORWARD_PROXY.url]: environment[FORWARD_PROXY.url].replaceAll(PROXY, url) };
}

/** A copy with a function behind the proxy. */
function build(
  reference = 'lib/redis:7', props: Omit<ImageCopyFunctionProps, 'proxySecret'> & { withSecret?: boolean } = {},
  options: RegistryImageSourceOptions = {},
): Build {
  const { withSecret = false, ...others } = props;
  return stack => copying(() => ImageSource.fromRegistry(`${REGISTRY}/${reference}`, options), {
    copyFunction: new ImageCopyFunction(stack, 'CopyFunction', {
      proxyUrl: PROXY,
      ...withSecret ? { proxySecret: secretsmanager.Secret.fromSecretCompleteArn(stack, 'ProxySecret', SECRET) } : {},
      ...others,
    }),
  })(stack);
}

async function create(of: Build): Promise<Answer> {
  const stack = scene.stack(of);
  environment = stack.environment();
  const url = new URL(scene.account.responses.url('request', scene.account.roleOf(stack)));
  [url.hostname, url.port] = [RESPONSES, ''];
  return scene.create(stack, { RequestId: 'request', ResponseURL: url.toString() });
}

async function refusal(of: Build): Promise<string> {
  const answer = await create(of);
  expect(answer?.Status).toBe('FAILED');
  return answer!.Reason;
}

const targets = () => [...new Set(proxy.requests.map(({ target }) => target))].sort();
const times = (target: string) => proxy.requests.filter(request => request.target === target).length;

describe('a registry that only the proxy can reach', () => {
  test('is copied, and every connection is opened by the proxy', async () => {
    await start();
    const image = scene.registry.addImage({ name: 'lib/redis', tag: '7', layers: [6 * MB] });
    expect(await create(build())).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.tags()).toEqual({ 7: image.digest });
    expect(targets()).toEqual([`${API}:80`, `${LAYERS}:80`, `${REGISTRY}:443`, `${RESPONSES}:80`]);
    expect(proxy.opened).toHaveLength(proxy.requests.length);
    // the large layer was streamed to the other endpoint, and only the small configuration was sent with the API
    expect(scene.ecr.calls.filter(({ operation }) => operation === 'UploadLayerPart')).toHaveLength(1);
  });

  test('is not reached without the proxy', async () => {
    await start();
    scene.registry.addImage({ name: 'lib/redis', tag: '7' });
    expect(await refusal(build('lib/redis:7', { noProxy: [REGISTRY] }))).toMatch(
      new RegExp(`^Repository 'to': ${REGISTRY} cannot be reached \\(getaddrinfo \\w+ ${REGISTRY}, 8 attempts\\)`));
    expect(targets()).not.toContain(`${REGISTRY}:443`);
  });

  test.each(['basic', 'token'] as const)('gets its own credentials (%s), and the proxy gets those of the proxy', async authentication => {
    await start({ credentials: PROXY_LOGIN }, { authentication, credentials: READER });
    scene.account.secrets.secret('proxy', JSON.stringify(PROXY_LOGIN));
    scene.account.secrets.secret('reader', JSON.stringify(READER));
    const image = scene.registry.addImage({ name: 'lib/redis', tag: '7' });
    const of: Build = stack => build('lib/redis:7', { withSecret: true }, {
      credentials: secretsmanager.Secret.fromSecretCompleteArn(stack, 'Reader', READER_SECRET),
    })(stack);
    expect(await create(of)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.tags()).toEqual({ 7: image.digest });
    expect(proxy.opened).toHaveLength(proxy.requests.length);
    // once for the whole request
    const ids = scene.account.secrets.calls.map(({ input }) => (input as { SecretId: string }).SecretId);
    expect(ids.sort()).toEqual([SECRET, READER_SECRET]);
  });

  test('keeps its connections for further requests', async () => {
    await start();
    scene.registry.addImage({ name: 'lib/redis', tag: '7', layers: Array.from({ length: 20 }, (_, nth) => 1_000 + nth) });
    expect(await create(build())).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.registry.requests.length).toBeGreaterThan(20);
    expect(times(`${REGISTRY}:443`)).toBeLessThanOrEqual(5); // four layers at a time
  });
});

describe('noProxy', () => {
  test('hosts and domains in it are reached directly', async () => {
    await start();
    const image = scene.registry.addImage({ name: 'lib/redis', tag: '7' });
    const surroundings = scene.account.surroundings.bind(scene.account);
    scene.account.surroundings = accessKeyId => {
      const { ecr, ...others } = surroundings(accessKeyId);
      // a name that this computer resolves
      const local = new ECRClient({
        ...clientConfiguration(others.agents),
        region: 'us-east-1',
        credentials: { accessKeyId, secretAccessKey: 'test' },
        endpoint: scene.ecr.endpoint.replace('127.0.0.1', 'localhost'),
      });
      ecr.destroy();
      return { ...others, ecr: local };
    };
    scene.ecr.proxyEndpoint = scene.ecr.endpoint;
    expect(await create(build('lib/redis:7', { noProxy: ['localhost', '127.0.0.1'] }))).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.tags()).toEqual({ 7: image.digest });
    expect(targets()).toEqual([`${REGISTRY}:443`, `${RESPONSES}:80`]);
  });
});

describe('a proxy that does not work', () => {
  const reason = (text: string) => new RegExp(`^Repository 'to': the proxy 127\\.0\\.0\\.1:\\d+ ${text}`);

  test('cannot be reached: the response is uploaded directly, and says what to check', async () => {
    await start();
    const port = await closedPort();
    const responses = new URL(scene.account.responses.url('request', 'any'));
    const stack = scene.stack(build('lib/redis:7', { proxyUrl: `http://127.0.0.1:${port}` }));
    environment = stack.environment();
    const answer = await scene.create(stack, {
      RequestId: 'request', ResponseURL: String(responses).replace('caller=any', `caller=${scene.account.roleOf(stack)}`),
    });
    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: `Repository 'to': the proxy 127.0.0.1:${port} cannot be reached (connect ECONNREFUSED 127.0.0.1:${port}). Check`
        + ' \'proxyUrl\', that the proxy is available, and that the subnets and security groups of the copy function allow the'
        + ' connection, then try again.',
    });
  });

  test('requires credentials that the function does not have: nothing is retried', async () => {
    await start({ credentials: PROXY_LOGIN });
    // only the proxy knows the endpoint for responses
    proxy.changeCredentials(PROXY_LOGIN);
    expect(await create(build())).toBeUndefined();
    expect(scene.log).toMatch(/FAILED: Repository 'to': the proxy 127\.0\.0\.1:\d+ requires a user name and a password\. Specify '/);
    expect(times(`${REGISTRY}:443`)).toBe(1);
  });

  test('has a secret that cannot be read: the error names the secret, and nothing is retried', async () => {
    await start({ credentials: PROXY_LOGIN });
    scene.account.secrets.faults.add({ kind: 'accessDenied', operation: 'GetSecretValue', times: 99 });
    expect(await create(build('lib/redis:7', { withSecret: true }))).toBeUndefined();
    expect(scene.log).toMatch(/FAILED: Repository 'to': the secret of 'proxySecret' cannot be read\. .*\n.*GetSecretValue/);
    expect(scene.log).not.toContain('cannot be reached');
    expect(proxy.requests).toEqual([]);
  });

  test('rejects the password: the secret is read again once, and is in no log', async () => {
    await start({ credentials: PROXY_LOGIN });
    scene.account.secrets.secret('proxy', JSON.stringify({ ...PROXY_LOGIN, password: 'old-p4ss' }));
    expect(await create(build('lib/redis:7', { withSecret: true }))).toBeUndefined();
    expect(scene.log).toMatch(/FAILED: Repository 'to': the proxy [\d.:]+ rejected the user name or the password of 'proxySecret'\./);
    expect(times(`${REGISTRY}:443`)).toBe(1);
    expect(scene.log).not.toMatch(/old-p4ss|b2xkL|secret\b.*local/i);
  });

  test('has a new password: the rotated secret is read again', async () => {
    await start({ credentials: PROXY_LOGIN });
    scene.account.secrets.secret('proxy', JSON.stringify(PROXY_LOGIN));
    const image = scene.registry.addImage({ name: 'lib/redis', tag: '7', layers: [6 * MB] });
    const rotated = { ...PROXY_LOGIN, password: 'rotated' };
    const serve = scene.registry.requests.push.bind(scene.registry.requests);
    scene.registry.requests.push = (...requests) => {
      proxy.changeCredentials(rotated);
      scene.account.secrets.secret('proxy', JSON.stringify(rotated));
      return serve(...requests);
    };
    expect(await create(build('lib/redis:7', { withSecret: true }))).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.tags()).toEqual({ 7: image.digest });
    expect(proxy.requests.filter(({ status }) => status === 407).length).toBeGreaterThan(0);
  });

  test('does not allow the host of the registry: nothing is retried, and its page is not repeated', async () => {
    await start();
    proxy.refuse(REGISTRY);
    const text = await refusal(build());
    expect(text).toMatch(reason(`does not allow connections to ${REGISTRY}:443 \\(HTTP status 403\\)\\. Allow the host there, or`));
    expect(text).not.toContain('secret');
    expect(times(`${REGISTRY}:443`)).toBe(1);
  });

  test('does not allow the API of Amazon ECR: nothing is retried', async () => {
    await start();
    scene.registry.addImage({ name: 'lib/redis', tag: '7' });
    proxy.refuse(API);
    expect(await refusal(build())).toMatch(reason(`does not allow connections to ${API}:80 \\(HTTP status 403\\)`));
    expect(times(`${API}:80`)).toBe(1);
  });

  test('does not allow the endpoint for layers: they are sent with the API of Amazon ECR', async () => {
    await start();
    const image = scene.registry.addImage({ name: 'lib/redis', tag: '7', layers: [6 * MB] });
    proxy.refuse(LAYERS);
    expect(await create(build())).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.tags()).toEqual({ 7: image.digest });
    expect(times(`${LAYERS}:80`)).toBe(1);
  });

  test.each([
    ['fails for a while', () => {
      proxy.answer(3, 503, `${REGISTRY}:443`);
      proxy.answer(1, 503, `${API}:80`);
    }],
    ['breaks connections before they are open', () => {
      proxy.reset(3, `${REGISTRY}:443`);
      proxy.reset(1, `${API}:80`);
    }],
  ])('%s: the requests are repeated, also those of the SDK', async (_name, fail) => {
    await start();
    const image = scene.registry.addImage({ name: 'lib/redis', tag: '7' });
    fail();
    expect(await create(build())).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.tags()).toEqual({ 7: image.digest });
  });


  test('breaks connections in the middle of a layer: the download continues there', async () => {
    await start();
    const image = scene.registry.addImage({ name: 'lib/redis', tag: '7', layers: [800_000] });
    proxy.cut(3, 200_000, `${REGISTRY}:443`);
    expect(await create(build())).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.tags()).toEqual({ 7: image.digest });
    expect(scene.registry.requests.some(({ range }) => range !== undefined)).toBe(true);
  });

  test('accepts connections and never responds: each attempt ends after ten seconds', async () => {
    await start();
    const image = scene.registry.addImage({ name: 'lib/redis', tag: '7' });
    proxy.hang(1, `${REGISTRY}:443`);
    proxy.hang(1, `${API}:80`);
    const set = setTimeout;
    const waits = new Array<number | undefined>();
    const timers = jest.spyOn(global, 'setTimeout').mockImplementation(((run: () => void, milliseconds?: number, ...rest: unknown[]) => {
      waits.push(milliseconds);
      return set(run, milliseconds === PROXY_TIMEOUT ? 300 : milliseconds, ...rest);
    }) as typeof setTimeout);
    try {
      expect(await create(build())).toMatchObject({ Status: 'SUCCESS' });
    } finally {
      timers.mockRestore();
    }
    expect(waits).toContain(10_000);
    expect(scene.tags()).toEqual({ 7: image.digest });
  });
});

describe('an address of the function itself', () => {
  test('is not requested from the proxy, even if a registry redirects there', async () => {
    await start({}, { redirects: 'absolute' });
    scene.registry.addImage({ name: 'lib/redis', tag: '7' });
    expect(await refusal(build())).toMatch(/redirects to 127\.0\.0\.1:\d+ without TLS, which is not followed/);
    expect(targets().filter(target => target.startsWith('127.'))).toEqual([]);
  });
});
