// Two stacks in two Regions. `Primary` replicates its images to the Region of `Recovery`, including those that exist already, and the
// deletions of images. Settings of repositories are not replicated, so `Recovery` declares the repository with its own. Use this example
// if workloads must be able to start in another Region. `cdk deploy --all` deploys `Recovery` first.
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { LifecyclePolicy, LifecycleRule, registry, Repository, Teardown } from 'cdk-ecr-keeper';

const app = new App();
const account = '111111111111';
const repositoryName = 'shop/web';

const recovery = new Stack(app, 'Recovery', { env: { account, region: 'eu-central-1' } });
new Repository(recovery, 'Web', { repositoryName, teardown: Teardown.deleteWithImages({ maxImages: 100 }) });
new registry.RegistryScanning(recovery, 'Scanning', { rules: [registry.ScanRule.onPush('shop/*')] });

const primary = new Stack(app, 'Primary', { env: { account, region: 'eu-west-1' } });
primary.node.addDependency(recovery);
new Repository(primary, 'Web', {
  repositoryName,
  lifecycle: LifecyclePolicy.fromRules([LifecycleRule.keepNewest(50)]), // its deletions are replicated too
  teardown: Teardown.retain(),
});
const replication = new registry.RegistryReplication(primary, 'Replication', {
  rules: [{ prefixes: ['shop/'], destinations: [{ region: recovery.region }], deleteReplication: true }],
  backfill: true,
});
new CfnOutput(primary, 'BackfillReport', { value: replication.backfillReport });
