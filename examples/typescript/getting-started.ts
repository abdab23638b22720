import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Repository, Teardown } from 'cdk-ecr-keeper';

const app = new App();
const stack = new Stack(app, 'GettingStarted');

const repository = new Repository(stack, 'App', {
  repositoryName: 'getting-started/app',
  teardown: Teardown.deleteWithImages({ maxImages: 10 }),
});

new CfnOutput(stack, 'Uri', { value: repository.repositoryUri });
