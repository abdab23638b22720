import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Fakes } from './fakes';
import { FOR_FINDINGS, hurry } from './hurried-clock';
import { onBoth, Scene } from './scene';
import { bystander, failing } from './subject';
import type { World } from './world';
import {
  ImageCopy, ImageCopyFunction, ImageSource, ImageTags, Repository, RepositoryImage, ScanGate, TagRemovalPolicy,
} from '../../../src';
import { certificateFor } from '../../local-proxy/certificate';
import { LocalProxy } from '../../local-proxy/local-proxy';
import { LocalRegistry } from '../../local-registry/local-registry';
import { writeLayout } from '../oci-layout';
import { digestsIn, Skopeo } from '../skopeo';

const BUILDS = 'team/builds';
const APP = 'team/app';
const PUSHER = 'PUSHER';
const PROXY_LOGIN = { username: 'copier', password: 'proxy-password' };
const READER = { username: 'reader', password: 'registry-password' };

interface Stage {
  readonly skopeo: Skopeo;
  /** All digests of the pushed index and its images. */
  readonly digests: readonly string[];
}

/** Creates two repositories, and pushes an index of two platforms to the first with skopeo. */
async function pushed({ emulator }: World, { ecr: { local }, here }: Fakes): Promise<Stage> {
  for (const repositoryName of [BUILDS, APP]) local.seed({ repositoryName, ...here });
  local.principals.define(PUSHER, here);
  const layout = mkdtempSync(join(emulator.directory, 'layout-'));
  writeLayout(layout, ['linux/amd64', 'linux/arm64'], [6_000_000, 2_000]);
  const skopeo = await Skopeo.login(local.endpoint, PUSHER, emulator.directory);
  await skopeo.push(layout, `${BUILDS}:build-1`);
  return { skopeo, digests: digestsIn(layout) };
}

const imported = (stack: Stack, name: string): ecr.IRepository =>
  (stack.node.tryFindChild(name.replace('/', '-')) as ecr.IRepository | undefined)
    ?? Repository.fromRepositoryName(stack, name.replace('/', '-'), name);

const copying = (stack: Stack, props: Partial<ConstructorParameters<typeof ImageCopy>[2]> = {}) => new ImageCopy(stack, 'Copy', {
  source: ImageSource.fromEcrRepository(imported(stack, BUILDS), 'build-1'),
  repository: imported(stack, APP),
  tagRemovalPolicy: TagRemovalPolicy.DESTROY,
  ...props,
});

const pipeline = (limits?: { critical?: number }) => (stack: Stack) => {
  bystander(stack);
  const copy = copying(stack);
  const gate = new ScanGate(stack, 'Gate', { image: copy.image, limits });
  new ImageTags(stack, 'Promotion', { image: gate.image, tags: ['prod'], tagRemovalPolicy: TagRemovalPolicy.DESTROY });
  new CfnOutput(stack, 'Digest', { value: gate.image.imageDigest });
  new CfnOutput(stack, 'Findings', { value: gate.findingsSummary });
};

function tagsOf({ ecr: { local }, here }: Fakes, name = APP): Record<string, string> {
  const tagged = local.repository(name, here).images.flatMap(({ digest, tags }) => tags.map(tag => [tag, digest]));
  return Object.fromEntries(tagged.sort());
}

const imagesOf = ({ ecr: { local }, here }: Fakes) => local.repository(BUILDS, here).images.filter(({ tags }) => tags.length === 0);

const REGISTRY = 'registry.invalid';
const API = 'api.ecr.invalid';
const LAYERS = 'dkr.ecr.invalid';

/** Copies an image of a registry, into an Amazon ECR, that nothing but a proxy with a password can reach. */
async function copyThroughProxy(world: World, fakes: Fakes, proxy: LocalProxy, registry: LocalRegistry): Promise<void> {
  const { emulator, env } = world;
  const { local } = fakes.ecr;
  const certificate = certificateFor(REGISTRY);
  await proxy.routeWithTls(REGISTRY, registry.url, certificate);
  proxy.route(`${API}:80`, fakes.ecr.endpoint);
  proxy.route(`${LAYERS}:80`, local.endpoint);
  local.proxyEndpoint = `http://${LAYERS}`;
  local.seed({ repositoryName: APP, ...fakes.here });
  const trusted = join(emulator.directory, 'registry.pem');
  writeFileSync(trusted, certificate.cert);
  const secretOf = async (name: string, credentials: object) => (await emulator.aws<{ ARN: string }>(
    ['secretsmanager', 'create-secret', '--name', name, '--secret-string', JSON.stringify(credentials)], emulator.env(env))).ARN;
  const [proxyArn, readerArn] = [await secretOf('proxy', PROXY_LOGIN), await secretOf('reader', READER)];
  const image = registry.addIndex({ name: 'lib/redis', tag: '7', platforms: ['linux/amd64', 'linux/arm64'], layers: [6_000_000] });

  await fakes.deploy(stack => {
    const secret = (id: string, arn: string) => secretsmanager.Secret.fromSecretCompleteArn(stack, id, arn);
    copying(stack, {
      source: ImageSource.fromRegistry(`${REGISTRY}/lib/redis:7`, { credentials: secret('Reader', readerArn) }),
      copyFunction: new ImageCopyFunction(stack, 'CopyFunction', { proxyUrl: proxy.url, proxySecret: secret('Proxy', proxyArn) }),
    });
  }, {
    edit: ({ Resources }) => {
      const { Properties } = Object.values(Resources).find(({ Type }) => Type === 'AWS::Lambda::Function')!;
      Object.assign(Properties.Environment.Variables, { AWS_ENDPOINT_URL_ECR: `http://${API}`, NODE_EXTRA_CA_CERTS: trusted });
    },
  });
  deepStrictEqual(tagsOf(fakes), { 7: image.digest });
  deepStrictEqual([...new Set(proxy.opened)].sort(), [`${API}:80`, `${LAYERS}:80`, `${REGISTRY}:443`]);
  strictEqual(proxy.opened.length, proxy.requests.length);
  await world.destroy('Test');
  deepStrictEqual(tagsOf(fakes), {});
}

/** 31. Images in a stack: copied, scanned, and promoted. */
export const images: Scene[] = [
  onBoth('31a images: an index that skopeo pushed is copied, scanned, and promoted, and skopeo pulls the same digests;'
    + ' deleting the stack removes its tags', async (world, fakes) => {
    const { skopeo, digests } = await pushed(world, fakes);
    const { outputs } = await fakes.deploy(pipeline());
    const [{ digest: index }] = fakes.ecr.local.repository(BUILDS, fakes.here).images.filter(({ tags }) => tags.includes('build-1'));
    deepStrictEqual(outputs, { Digest: index, Findings: 'no findings' });
    deepStrictEqual(tagsOf(fakes), { 'build-1': index, 'prod': index });
    deepStrictEqual(await skopeo.pull(`${APP}:prod`), digests);
    await world.destroy('Test');
    deepStrictEqual(tagsOf(fakes), {});
    deepStrictEqual(await skopeo.pull(`${BUILDS}:build-1`), digests);
  }),

  onBoth('31b images: a refusal of the scan gate prevents the promotion until the finding is allowed', async (world, fakes) => {
    await pushed(world, fakes);
    const { local } = fakes.ecr;
    for (const { digest } of imagesOf(fakes)) {
      local.findings(APP, digest, [{ name: 'CVE-2026-1', severity: 'CRITICAL', packages: [{ name: 'zlib', version: '1.2' }] }], fakes.here);
    }
    await fakes.deploy(stack => { bystander(stack); });
    const refused = await fakes.deploy(pipeline(), { expect: 'failed' });
    strictEqual(refused.status, 'UPDATE_ROLLBACK_COMPLETE');
    match(await world.story(),
      /Repository 'team\/app': the image .* is refused because it has 1 CRITICAL finding \(at most 0\): CVE-2026-1 CRITICAL in zlib 1\.2/);
    strictEqual('prod' in tagsOf(fakes), false);
    const { outputs } = await fakes.deploy(pipeline({ critical: 1 }));
    strictEqual(outputs.Findings, '1 CRITICAL');
    strictEqual(tagsOf(fakes).prod, outputs.Digest);
    await world.destroy('Test');
  }),

  onBoth('31c images: an update copies the moved tag of the source only if the trigger changes,'
    + ' and a rollback restores the old image', async (world, fakes) => {
    await pushed(world, fakes);
    const { local } = fakes.ecr;
    await fakes.deploy(stack => { copying(stack, { tags: ['live'] }); });
    const { live: first } = tagsOf(fakes);
    const second = local.addRealImage({ repositoryName: BUILDS, tags: ['build-1'], ...fakes.here }).digest;
    await fakes.deploy(stack => { copying(stack, { tags: ['live', 'more'] }); });
    deepStrictEqual(tagsOf(fakes), { live: first, more: first });
    await fakes.deploy(stack => {
      copying(stack, { tags: ['live', 'more'], trigger: 'again' });
      failing(stack);
    }, { expect: 'failed' });
    deepStrictEqual(tagsOf(fakes), { live: first, more: first });
    await fakes.deploy(stack => { copying(stack, { tags: ['live', 'more'], trigger: 'once more' }); });
    deepStrictEqual(tagsOf(fakes), { live: second, more: second });
    await fakes.deploy(stack => { bystander(stack); });
    deepStrictEqual(tagsOf(fakes), { live: second, more: second });
    await world.destroy('Test');
  }),

  onBoth('31d images: with enhanced scanning, the gate waits for Amazon Inspector and allows the excepted'
    + ' findings', async (world, fakes) => {
    await pushed(world, fakes);
    const { local } = fakes.ecr;
    local.scanning('ENHANCED', undefined, fakes.here);
    local.unknownScanPolls = 1;
    for (const { digest } of imagesOf(fakes)) local.findings(BUILDS, digest, [{ name: 'CVE-2026-2', severity: 'MEDIUM' }], fakes.here);
    const { outputs } = await fakes.deploy(stack => {
      const gate = new ScanGate(stack, 'Gate', { image: RepositoryImage.fromRepository(imported(stack, BUILDS), 'build-1') });
      new CfnOutput(stack, 'Findings', { value: gate.findingsSummary });
      hurry(stack, world.emulator, FOR_FINDINGS);
    });
    strictEqual(outputs.Findings, '1 MEDIUM');
    await world.destroy('Test');
  }),

  onBoth('31e images: an image is copied from a registry, into an Amazon ECR, that only a proxy with a password can reach',
    async (world, fakes) => {
      const registry = await LocalRegistry.start({ authentication: 'token', credentials: READER, publicUrl: `https://${REGISTRY}` });
      const proxy = await LocalProxy.start({ credentials: PROXY_LOGIN });
      try {
        await copyThroughProxy(world, fakes, proxy, registry);
      } finally {
        await Promise.all([proxy.stop(), registry.stop()]);
      }
    }),
];
