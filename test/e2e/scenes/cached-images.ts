import { deepStrictEqual, match, ok } from 'node:assert/strict';
import { CreateRepositoryCreationTemplateCommand, ECRClient } from '@aws-sdk/client-ecr';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Fakes, FakesOptions } from './fakes';
import { onBoth, Scene } from './scene';
import { bystander } from './subject';
import { LifecyclePolicy, LifecycleRule, registry } from '../../../src';
import { LocalRegistry } from '../../local-registry/local-registry';
import { Skopeo } from '../skopeo';

const PULLER = 'PULLER';
const HUB = 'registry-1.docker.io';
const LOGIN = { username: 'reader', password: 'token' };
const CACHED = 'docker-hub/library/nginx';

/** Sets the template of the stack as CloudFormation does. The emulator accepts the resource, but its ECR has no templates. */
async function setTemplate({ ecr: { local }, here: { account } }: Fakes, stack: Stack): Promise<void> {
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::ECR::RepositoryCreationTemplate'));
  const client = new ECRClient({
    endpoint: local.endpoint, region: 'us-east-1', credentials: { accessKeyId: PULLER, secretAccessKey: 'any' },
  });
  await client.send(new CreateRepositoryCreationTemplateCommand({
    prefix: Properties.Prefix,
    appliedFor: Properties.AppliedFor,
    resourceTags: Properties.ResourceTags,
    lifecyclePolicy: Properties.LifecyclePolicy,
    customRoleArn: `arn:aws:iam::${account}:role/template`,
  }));
  client.destroy();
}

/** 40. Runs on local-ecr, which pulls from a local Docker Hub. */
export const cachedImages: Scene[] = [
  onBoth('40 cache: skopeo pulls an image of Docker Hub for the first time, and the repository that appears has the tags and the lifecycle'
    + ' policy of the template; a second stack with the same cache is refused; the rule is removed with its stack, and the image is'
    + ' kept', async (world, fakes) => {
    const { ecr: { local }, here } = fakes;
    const hub = await LocalRegistry.start({ authentication: 'token', credentials: LOGIN });
    try {
      const { digest } = hub.addIndex({ name: 'library/nginx', tag: '1.29', platforms: ['linux/amd64', 'linux/arm64'] });
      local.upstream(HUB, hub.url);
      local.secrets = {
        // a secret that is imported by name has no suffix in the template
        stored: arn => ({
          arn: `${arn}-AbCdEf`, value: JSON.stringify({ username: LOGIN.username, accessToken: LOGIN.password }), isMarked: false,
        }),
      };
      local.principals.define(PULLER, here);
      let declared: Stack | undefined;
      const lifecycle = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(20)]);
      const deploy = (secretName: string, options: FakesOptions = {}, stackName = 'Test') => fakes.deploy(stack => {
        if (stackName === 'Test') declared = stack;
        bystander(stack, `${stackName}Bystander`);
        new registry.PullThroughCache(stack, 'Hub', {
          upstream: registry.Upstream.dockerHub(secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', secretName)),
          prefix: 'docker-hub',
          repositories: { lifecycle, tags: { 'cached-by': 'hub' } },
        });
      }, options, stackName);
      await deploy('ecr-pullthroughcache/first');
      const { createdAt } = local.cacheRule('docker-hub', here)!;
      await deploy('ecr-pullthroughcache/second');
      const changed = local.cacheRule('docker-hub', here)!;
      deepStrictEqual(changed.createdAt, createdAt); // the secret has changed in place
      match(changed.credentialArn!, /ecr-pullthroughcache\/second/);
      // a rule that is created in the same second as another stack is taken for its own (decision 31)
      await new Promise(resolve => setTimeout(resolve, 1_100));
      const refused = await deploy('ecr-pullthroughcache/second', { expect: 'failed' }, 'Other');
      ok(refused.events.some(({ reason }) => /the registry already has a rule for this prefix .*with the same settings/.test(reason ?? '')));
      await world.destroy('Other');
      deepStrictEqual(local.cacheRule('docker-hub', here), changed);
      await setTemplate(fakes, declared!);

      const skopeo = await Skopeo.login(local.endpoint, PULLER, world.emulator.directory);
      ok((await skopeo.pull(`${CACHED}:1.29`)).includes(digest));
      const { tags, lifecyclePolicyText, images } = local.repository(CACHED, here);
      deepStrictEqual({ tags, lifecyclePolicyText }, { tags: { 'cached-by': 'hub' }, lifecyclePolicyText: lifecycle.toJson() });
      ok(images.length > 0);

      await world.destroy('Test');
      ok(local.repository(CACHED, here).exists);
      deepStrictEqual(local.cacheRule('docker-hub', here), undefined);
      await world.ends({ stacks: {}, repositories: {} });
    } finally {
      await hub.stop();
    }
  }),
];
