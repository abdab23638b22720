import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BatchGetImageCommand, CreatePullThroughCacheRuleCommand } from '@aws-sdk/client-ecr';
import { answerOf, Probe } from './probe';

const SHARED = { rests: [], otherwise: 'test/local-ecr/pull-through-cache.test.ts' } as const;
const OBSTACLE = 'needs a secret and a pull-through cache rule, which a probe that is interrupted would leave behind';
const SECRET = 'ecr-pullthroughcache/probe';
const CREDENTIALS = '{"username":"a","accessToken":"b"}';
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** Runs an upstream registry with one image, and returns what `use` returns. */
async function withUpstream<T>(use: (url: string, digest: string) => Promise<T>): Promise<T> {
  const config = '{}';
  const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
  const part = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf(config), size: config.length };
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config: part, layers: [] });
  const server = createServer(({ url = '' }, response) => {
    const isManifest = url.includes('/manifests/');
    response.writeHead(200, { 'content-type': isManifest ? MANIFEST_TYPE : part.mediaType }).end(isManifest ? manifest : config);
  });
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve); });
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, digestOf(manifest));
  } finally {
    server.closeAllConnections();
    await new Promise(resolve => { server.close(resolve); });
  }
}

/** How pull-through cache rules are created, and what a first pull imports. */
export const PULL_THROUGH_CACHES = [
  {
    id: 'cache-credential-unneeded',
    fact: 'A rule for an upstream registry without authentication cannot have a secret',
    assumed: 'InvalidParameterException',
    other: 'accepted',
    fake: 'local-ecr/cache-rules.ts',
    ...SHARED,
    obstacle: OBSTACLE,
    ask: ({ fakes, clients: { ecr } }) => answerOf(ecr.send(new CreatePullThroughCacheRuleCommand({
      ecrRepositoryPrefix: 'probe', upstreamRegistryUrl: 'quay.io', credentialArn: fakes.secrets.secret(SECRET, CREDENTIALS),
    }))),
  },
  {
    id: 'cache-secret-by-caller',
    fact: 'The caller who sets the secret of a rule must be allowed to read the secret',
    assumed: 'UnableToAccessSecretException',
    other: 'accepted',
    fake: 'local-ecr/cache-secrets.ts',
    ...SHARED,
    obstacle: OBSTACLE,
    async ask(world) {
      const { fakes } = world;
      const Action = ['ecr:CreatePullThroughCacheRule', 'iam:CreateServiceLinkedRole'];
      const { ecr } = await world.role([{ Effect: 'Allow', Action, Resource: '*' }]);
      return answerOf(ecr.send(new CreatePullThroughCacheRuleCommand({
        ecrRepositoryPrefix: 'probe', upstreamRegistryUrl: 'ghcr.io', credentialArn: fakes.secrets.secret(SECRET, CREDENTIALS),
      })));
    },
  },
  {
    id: 'cache-digest-first-pull',
    fact: 'A pull by digest does not import an image that has no copy yet',
    assumed: 'RepositoryNotFoundException',
    other: 'imported',
    fake: 'local-ecr/pull-through-cache.ts',
    ...SHARED,
    obstacle: OBSTACLE,
    ask: ({ fakes, clients: { ecr } }) => withUpstream(async (url, imageDigest) => {
      fakes.ecr.upstream('quay.io', url);
      await ecr.send(new CreatePullThroughCacheRuleCommand({ ecrRepositoryPrefix: 'probe', upstreamRegistryUrl: 'quay.io' }));
      return answerOf(ecr.send(new BatchGetImageCommand({ repositoryName: 'probe/app', imageIds: [{ imageDigest }] })), 'imported');
    }),
  },
] as const satisfies readonly Probe[];
