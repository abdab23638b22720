// Caches the images of Docker Hub and of the Amazon ECR Public Gallery in the account. The repositories that Amazon ECR creates keep 20
// images each, and are deleted with their images when the stack is deleted. Store the credentials for Docker Hub before, with:
//   aws secretsmanager create-secret --name ecr-pullthroughcache/docker-hub --secret-string '{"username":"…","accessToken":"…"}'
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { LifecyclePolicy, LifecycleRule, registry } from 'cdk-ecr-keeper';

const app = new App();
const stack = new Stack(app, 'PullThroughCache');

const tag = { key: 'cached-by', value: 'pull-through-cache' };
const settings = {
  repositories: { lifecycle: LifecyclePolicy.fromRules([LifecycleRule.keepNewest(20)]), tags: { [tag.key]: tag.value } },
  teardown: { requireTag: tag },
};

const dockerHub = new registry.PullThroughCache(stack, 'DockerHub', {
  upstream: registry.Upstream.dockerHub(Secret.fromSecretNameV2(stack, 'Credentials', 'ecr-pullthroughcache/docker-hub')),
  prefix: 'docker-hub',
  ...settings,
});
const gallery = new registry.PullThroughCache(stack, 'Gallery', {
  upstream: registry.Upstream.ecrPublic(),
  prefix: 'ecr-public',
  ...settings,
});

const role = new Role(stack, 'Puller', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
for (const cache of [dockerHub, gallery]) cache.grantPull(role);

new CfnOutput(stack, 'Nginx', { value: dockerHub.imageUri('nginx', '1.29') });
new CfnOutput(stack, 'Node', { value: gallery.imageUri('docker/library/node', '24-slim') });
