// One registry for an organization. Its members push to repositories that do not exist yet, new images are scanned, and everything is
// replicated to a second Region. Other stacks can add their own statements and rules to the same registry, and remove only these. Use this
// example if you keep images in a separate account.
import { App, Stack } from 'aws-cdk-lib';
import { registry, RepositoryPrincipal } from 'cdk-ecr-keeper';

const app = new App();
const stack = new Stack(app, 'OrganizationRegistry', { env: { account: '111111111111', region: 'eu-west-1' } });

new registry.RegistryPermissions(stack, 'Permissions', {
  statements: [
    registry.RegistryStatement.createOnPush(RepositoryPrincipal.organizations('o-a1b2c3d4e5'), { prefixes: ['team/'] }),
    registry.RegistryStatement.replicationFrom(['222222222222'], { prefixes: ['team/'] }), // from the registry of another account
  ],
});

new registry.RegistryScanning(stack, 'Scanning', {
  rules: [registry.ScanRule.continuous('team/*'), registry.ScanRule.onPush('*')], // turns on the enhanced scanning of Amazon Inspector
});

new registry.RegistryReplication(stack, 'Replication', {
  rules: [{ prefixes: ['team/'], destinations: [{ region: 'eu-central-1' }] }],
});
