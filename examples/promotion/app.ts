// Copies a build from the registry of your CI into an ECR repository, evaluates its scan findings, promotes it, and runs exactly the image
// that passed, by digest. Use this example if a deployment must not depend on a registry of another owner or on a tag that can move.
// Deploy the next build with `cdk deploy -c build=build-124`. The repository is retained with its images when the stack is deleted.
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { FargateTaskDefinition, LogDrivers } from 'aws-cdk-lib/aws-ecs';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { ImageCopy, ImageSource, ImageTags, Repository, ScanGate } from 'cdk-ecr-keeper';

const app = new App();
const stack = new Stack(app, 'Promotion');
const build = app.node.tryGetContext('build') ?? 'build-123';

const repository = new Repository(stack, 'App', { repositoryName: 'team/promoted' });

const copy = new ImageCopy(stack, 'Copy', {
  source: ImageSource.fromRegistry(`ghcr.io/team/app:${build}`, { credentials: Secret.fromSecretNameV2(stack, 'Ghcr', 'ghcr') }),
  repository,
  referrers: true,
});

const gate = new ScanGate(stack, 'Gate', {
  image: copy.image,
  limits: { critical: 0, high: 5 },
  ignored: [{ name: 'CVE-2024-3094', until: new Date('2027-01-31') }],
});

const release = new ImageTags(stack, 'Released', { image: gate.image, tags: [`released-${build}`] });

new FargateTaskDefinition(stack, 'Task').addContainer('App', {
  image: release.image.toContainerImage(),
  logging: LogDrivers.awsLogs({ streamPrefix: 'app', logRetention: RetentionDays.ONE_MONTH }),
  readonlyRootFilesystem: true,
});
new CfnOutput(stack, 'Image', { value: release.image.imageUri });
