// Two stacks. The first is in the account of the repository and creates a role for the second. The second is in another account and
// grants access, attaches a lifecycle policy, and copies images as if the repository were in its own account. Use this example if you
// keep images in a separate account. Deploy `Access` first.
import { App, Duration, Stack } from 'aws-cdk-lib';
import { TagStatus } from 'aws-cdk-lib/aws-ecr';
import {
  ExistingRepository, ImageCopy, ImageSource, LifecyclePolicy, LifecycleRule, RepositoryAccessRole, RepositoryCapability,
  RepositoryPrincipal,
} from 'cdk-ecr-keeper';

const app = new App();
const [kept, used] = ['111111111111', '222222222222'].map(account => ({ account, region: 'eu-west-1' }));

const access = new Stack(app, 'Access', { env: kept });
const role = new RepositoryAccessRole(access, 'Role', {
  repositories: [ExistingRepository.fromRepositoryName(access, 'Shared', 'team/shared')],
  capabilities: [RepositoryCapability.statements(), RepositoryCapability.lifecycle(), RepositoryCapability.push()],
  trusted: { stackName: 'Build', ...used },
  externalId: 'images-of-team',
});

const build = new Stack(app, 'Build', { env: used });
const shared = ExistingRepository.fromRepositoryArn(build, 'Shared', `arn:aws:ecr:${kept.region}:${kept.account}:repository/team/shared`, {
  access: role.access, // from another app: { roleArn: 'arn:aws:iam::111111111111:role/…', externalId: 'images-of-team' }
  lifecycle: LifecyclePolicy.fromRules([LifecycleRule.expireOlderThan(Duration.days(14), { tagStatus: TagStatus.UNTAGGED })]),
});
shared.grantPull(RepositoryPrincipal.accounts('333333333333'));
new ImageCopy(build, 'Base', { source: ImageSource.fromEcrPublic('public.ecr.aws/docker/library/node:24-slim'), repository: shared });
