// One repository that the stack declares, and one that already exists. Both are deleted with the stack, including their images:
// the first only if it holds at most two images, the second only if its owner tagged it stage=test.
import { App, Stack } from 'aws-cdk-lib';
import { Repository, RepositoryTeardown, Teardown } from 'cdk-ecr-keeper';

const app = new App();
const stack = new Stack(app, 'Quickstart');

new Repository(stack, 'App', {
  repositoryName: 'quickstart/app',
  teardown: Teardown.deleteWithImages({ maxImages: 2 }),
});

new RepositoryTeardown(stack, 'LegacyTeardown', {
  repository: Repository.fromRepositoryName(stack, 'Legacy', 'quickstart/legacy'),
  teardown: Teardown.deleteWithImages({ requireTag: { key: 'stage', value: 'test' } }),
});
