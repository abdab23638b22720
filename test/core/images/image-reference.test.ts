import fc from 'fast-check';
import {
  ECR_PRIVATE_REGISTRY, ECR_PUBLIC_REGISTRY, ImageReference, parseImageReference, registryUrl,
} from '../../../src/core/images/image-reference';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

const rendered = ({ registry, repositoryName, tag, digest }: ImageReference) =>
  `${registry}/${repositoryName}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;

test('a reference that is rendered and parsed again is the same', () => {
  const host = fc.oneof(
    fc.constantFrom(
      'docker.io', 'ghcr.io', 'quay.io', 'public.ecr.aws', 'localhost', 'localhost:5000', '10.0.0.1:5000',
      'registry.example.com:65535', 'host:1',
    ),
    fc.tuple(
      fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/), fc.stringMatching(/^[a-z]{2,6}$/), fc.integer({ min: 1, max: 65_535 }),
    ).map(([one, two, port]) => `${one}.${two}:${port}`),
  );
  const part = fc.stringMatching(/^[a-z0-9]{1,4}((\.|_|__|-{1,3})[a-z0-9]{1,3}){0,2}$/);
  const reference: fc.Arbitrary<ImageReference> = fc.record({
    registry: host,
    repositoryName: fc.array(part, { minLength: 2, maxLength: 4 }).map(parts => parts.join('/')),
    tag: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,12}$/),
    digest: fc.stringMatching(/^[0-9a-f]{64}$/).map(hex => `sha256:${hex}`),
  }, { requiredKeys: ['registry', 'repositoryName'] });
  fc.assert(fc.property(reference, each => expect(parseImageReference(rendered(each))).toEqual(each)), { numRuns: 1_000, seed: 1 });
});

test('a parsed reference that is rendered is parsed to the same reference', () => {
  fc.assert(fc.property(fc.stringMatching(/^[a-cA.:/@_-]{0,16}$/), text => {
    const reference = parseImageReference(text);
    if (reference) expect(parseImageReference(rendered(reference))).toEqual(reference);
  }), { numRuns: 5_000, seed: 1 });
});

test.each<[string, ImageReference]>([
  ['redis', { registry: 'docker.io', repositoryName: 'library/redis' }],
  ['redis:7.4', { registry: 'docker.io', repositoryName: 'library/redis', tag: '7.4' }],
  ['grafana/grafana:11', { registry: 'docker.io', repositoryName: 'grafana/grafana', tag: '11' }],
  ['docker.io/redis:7.4', { registry: 'docker.io', repositoryName: 'library/redis', tag: '7.4' }],
  ['docker.io/library/redis:7.4', { registry: 'docker.io', repositoryName: 'library/redis', tag: '7.4' }],
  [`redis@${DIGEST}`, { registry: 'docker.io', repositoryName: 'library/redis', digest: DIGEST }],
  [`redis:7.4@${DIGEST}`, { registry: 'docker.io', repositoryName: 'library/redis', tag: '7.4', digest: DIGEST }],
  ['ghcr.io/owner/app:v1', { registry: 'ghcr.io', repositoryName: 'owner/app', tag: 'v1' }],
  ['ghcr.io/app:v1', { registry: 'ghcr.io', repositoryName: 'app', tag: 'v1' }],
  ['registry.example.com:5000/app', { registry: 'registry.example.com:5000', repositoryName: 'app' }],
  ['registry:5000/team/app:v1', { registry: 'registry:5000', repositoryName: 'team/app', tag: 'v1' }],
  ['localhost/app:v1', { registry: 'localhost', repositoryName: 'app', tag: 'v1' }],
  ['localhost:5000/app:v1', { registry: 'localhost:5000', repositoryName: 'app', tag: 'v1' }],
  ['127.0.0.1:5000/app:v1', { registry: '127.0.0.1:5000', repositoryName: 'app', tag: 'v1' }],
  ['team/app/web:v1', { registry: 'docker.io', repositoryName: 'team/app/web', tag: 'v1' }],
  ['public.ecr.aws/docker/library/redis:7.4', { registry: 'public.ecr.aws', repositoryName: 'docker/library/redis', tag: '7.4' }],
  ['a__b/c---d.e_f:x', { registry: 'docker.io', repositoryName: 'a__b/c---d.e_f', tag: 'x' }],
  ['Registry.Example.com/app:V1', { registry: 'Registry.Example.com', repositoryName: 'app', tag: 'V1' }],
])('%s', (text, reference) => {
  expect(parseImageReference(text)).toEqual(reference);
});

test.each([
  'index.docker.io/library/redis:7.4', 'index.docker.io/redis:7.4',
])('the old host of Docker Hub is Docker Hub, as Docker has it: %s', text => {
  expect(parseImageReference(text)).toEqual({ registry: 'docker.io', repositoryName: 'library/redis', tag: '7.4' });
});

test.each([
  ['nothing', ''],
  ['a host alone', 'docker.io/'],
  ['a tag alone', ':7.4'],
  ['a digest alone', `@${DIGEST}`],
  ['a name in capitals', 'Redis:7.4'],
  ['a name in capitals of a registry', 'ghcr.io/Owner/App:v1'],
  ['an empty part of a name', 'ghcr.io/owner//app:v1'],
  ['a slash at the end', 'ghcr.io/owner/app/'],
  ['a slash at the beginning', '/owner/app:v1'],
  ['a part that begins with a separator', 'ghcr.io/owner/-app:v1'],
  ['a part that ends with a separator', 'ghcr.io/owner/app_:v1'],
  ['three underscores', 'ghcr.io/owner/a___b:v1'],
  ['two dots', 'ghcr.io/owner/a..b:v1'],
  ['an empty tag', 'redis:'],
  ['a tag that begins with a dot', 'redis:.7'],
  ['a tag of 129 characters', `redis:${'a'.repeat(129)}`],
  ['two tags', 'redis:7:8'],
  ['an empty digest', 'redis@'],
  ['a digest in capitals', `redis@${DIGEST.toUpperCase()}`],
  ['a digest of another algorithm', `redis@sha512:${'0'.repeat(128)}`],
  ['a digest that is short', `redis@${DIGEST.slice(0, -1)}`],
  ['two digests', `redis@${DIGEST}@${DIGEST}`],
  ['a tag after the digest', `redis@${DIGEST}:7.4`],
  ['a URL', 'https://ghcr.io/owner/app:v1'],
  ['a user', 'user:password@ghcr.io/owner/app:v1'],
  ['a query', 'ghcr.io/owner/app?x=1:v1'],
  ['a host of two dots', 'ghcr..io/owner/app:v1'],
  ['a host that begins with a hyphen', '-ghcr.io/owner/app:v1'],
  ['a port that is no number', 'ghcr.io:x/owner/app:v1'],
  ['a port of no digits', 'ghcr.io:/owner/app:v1'],
  ['blanks around it', ' redis:7.4 '],
  ['a line break after it', 'redis:7.4\n'],
])('is no reference: %s', (_what, text) => {
  expect(parseImageReference(text)).toBeUndefined();
});

test('a long text is refused, and soon', () => {
  for (const text of [
    `${'a-'.repeat(20_000)}/`, `${'a'.repeat(40_000)}!`, `${'a.'.repeat(20_000)}:5000/a!`, `${'a/'.repeat(20_000)}@`, ':'.repeat(40_000),
  ]) {
    expect(parseImageReference(text)).toBeUndefined();
  }
});

describe('registries of ECR', () => {
  const ID = '123456789012';

  test.each([
    [`${ID}.dkr.ecr.eu-west-1.amazonaws.com`], [`${ID}.dkr.ecr.us-gov-west-1.amazonaws.com`],
    [`${ID}.dkr.ecr-fips.us-east-1.amazonaws.com`], [`${ID}.dkr.ecr-fips.us-gov-west-1.amazonaws.com`],
    [`${ID}.dkr.ecr.cn-north-1.amazonaws.com.cn`], [`${ID}.dkr.ecr.cn-northwest-1.amazonaws.com.cn`],
    [`${ID}.dkr-ecr.eu-west-1.on.aws`], [`${ID}.dkr-ecr-fips.us-east-1.on.aws`], [`${ID}.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn`],
  ])('is one of a private repository: %s', registry => {
    expect(registry).toMatch(ECR_PRIVATE_REGISTRY);
    expect(parseImageReference(`${registry}/team/app:v1`)).toEqual({ registry, repositoryName: 'team/app', tag: 'v1' });
  });

  test.each([
    ['the European Sovereign Cloud', `${ID}.dkr.ecr.eusc-de-east-1.amazonaws.eu`],
    ['an isolated Region', `${ID}.dkr.ecr.us-iso-east-1.c2s.ic.gov`],
    ['another isolated Region', `${ID}.dkr.ecr.us-isob-east-1.sc2s.sgov.gov`],
  ])('is an image of a private repository in another partition: %s', (_what, registry) => {
    expect(registry).toMatch(ECR_PRIVATE_REGISTRY);
  });

  test.each([
    [ECR_PUBLIC_REGISTRY], ['docker.io'], ['12345678901.dkr.ecr.eu-west-1.amazonaws.com'], [`x${ID}.dkr.ecr.eu-west-1.amazonaws.com`],
    [`${ID}.dkr.ecr.eu-west-1.amazonaws.com.example.com`], [`${ID}.dkr.ecr.eu-west-1.amazonaws.com:443x`],
    ['dkr.ecr.eu-west-1.amazonaws.com'],
    [`${ID}xdkr.ecr.eu-west-1.amazonaws.com`], [`${ID}.dkr.ecr.eu-west-1xamazonaws.com`],
  ])('is not an image of a private repository: %s', registry => {
    expect(registry).not.toMatch(ECR_PRIVATE_REGISTRY);
  });
});

test.each([
  ['docker.io', 'https://registry-1.docker.io'],
  ['ghcr.io', 'https://ghcr.io'],
  ['public.ecr.aws', 'https://public.ecr.aws'],
  ['registry.example.com:5000', 'https://registry.example.com:5000'],
  ['10.0.0.1:5000', 'https://10.0.0.1:5000'],
  ['localhost', 'http://localhost'],
  ['localhost:5000', 'http://localhost:5000'],
  ['127.0.0.1:5000', 'http://127.0.0.1:5000'],
  ['127.0.0.1.example.com', 'https://127.0.0.1.example.com'],
  ['localhost.example.com:5000', 'https://localhost.example.com:5000'],
])('the URL of %s is %s', (registry, url) => {
  expect(registryUrl(registry)).toBe(url);
});
