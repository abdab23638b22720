// Two stacks. The first is in an account with workloads and creates a role that may only read them. The second is in the account of the
// registry, and its image shield keeps the images that run in either account. Use this example if you keep images in a separate account.
// For all accounts of an organization, see EnvironmentSelection.organization in the guide. Deploy `ImageUse` first.
import { App, Stack } from 'aws-cdk-lib';
import { fleet, ImageUse, LifecyclePolicy, LifecycleRule, Repository, Teardown } from 'cdk-ecr-keeper';

const app = new App();
const [registry, workloads] = ['111111111111', '222222222222'].map(account => ({ account, region: 'eu-west-1' }));

const use = new fleet.ImageUseRole(new Stack(app, 'ImageUse', { env: workloads }), 'Role', {
  trusted: { stackName: 'CentralShield', ...registry },
  externalId: 'image-shield',
});

const stack = new Stack(app, 'CentralShield', { env: registry });
const shield = new fleet.ImageShield(stack, 'Shield', {
  repositories: fleet.RepositorySelection.prefixes('central/'),
  usedBy: [ImageUse.ecs(), ImageUse.lambdaFunctions()],
  environments: fleet.EnvironmentSelection.of(
    { region: 'us-east-1' }, // of the account of the registry
    { ...workloads, access: use.access }, // from another app: { roleArn: 'arn:aws:iam::222222222222:role/…', externalId: 'image-shield' }
  ),
});

new Repository(stack, 'Web', {
  repositoryName: 'central/web',
  lifecycle: LifecyclePolicy.fromRules([shield.keepRule, LifecycleRule.keepNewest(50)]),
  teardown: Teardown.deleteWithImages(),
});
