// A shield of the images in use, and a repository whose lifecycle policy keeps them. There is no assertion, because the first run of the
// shield can begin after the test.
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { fleet, ImageUse, LifecyclePolicy, LifecycleRule, Repository, Teardown } from '../../src';

const app = new App({ treeMetadata: false });

const stack = new Stack(app, 'IntegImageShield');
const shield = new fleet.ImageShield(stack, 'Shield', {
  repositories: fleet.RepositorySelection.prefixes('ecr-keeper-integ/shielded/'),
  usedBy: [ImageUse.ecs(), ImageUse.lambdaFunctions()],
  keepAfterUse: Duration.days(14),
});
new Repository(stack, 'App', {
  repositoryName: 'ecr-keeper-integ/shielded/app',
  lifecycle: LifecyclePolicy.fromRules([shield.keepRule, LifecycleRule.keepNewest(50)]),
  teardown: Teardown.deleteWithImages(),
});

new IntegTest(app, 'ImageShield', { testCases: [stack], stackUpdateWorkflow: false });
