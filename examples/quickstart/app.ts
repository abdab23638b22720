// One repository that the stack declares, and one that was there before. Both go with the stack, images included:
// the first unless it holds more than two images, the second only while its owner lets it carry stage=test.
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
