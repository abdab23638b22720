// Keeps the images that run in any account of an organization. The repositories and their shield are in one account. Each account with
// workloads has a role, with which the shield finds the images in use there. Use this example if you keep images in a separate account.
// `Workloads` is the role in one account. To deploy it to all accounts with a stack set, remove its env; the guide has the commands.
import { App, Stack } from 'aws-cdk-lib';
import { fleet, ImageUse, LifecyclePolicy, LifecycleRule, Repository } from 'cdk-ecr-keeper';

const app = new App();
const registry = { account: '111111111111', region: 'eu-west-1' };
const externalId = 'image-shield';
const regions = ['eu-west-1', 'us-east-1'];

const workloads = new Stack(app, 'Workloads', { env: { account: '222222222222', region: 'eu-west-1' } });
new fleet.ImageUseRole(workloads, 'ImageUse', {
  trusted: { stackName: 'ImageShield', ...registry },
  externalId,
  regions,
  roleName: 'image-use', // the same in each account
  repositories: fleet.RepositorySelection.prefixes('shielded/'), // replicas in that account are protected too
});

const stack = new Stack(app, 'ImageShield', { env: registry }); // the account is a delegated administrator of the organization
const shield = new fleet.ImageShield(stack, 'Shield', {
  repositories: fleet.RepositorySelection.prefixes('shielded/'),
  usedBy: [ImageUse.ecs(), ImageUse.lambdaFunctions()],
  environments: fleet.EnvironmentSelection.organization({
    roleName: 'image-use', externalId, regions, excludedAccounts: ['999999999999'], // the management account
  }),
});

new Repository(stack, 'App', {
  repositoryName: 'shielded/app',
  lifecycle: LifecyclePolicy.fromRules([shield.keepRule, LifecycleRule.keepNewest(50)]),
});
