import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Repository, RepositoryTeardown, Teardown } from '../src';

/** What a deployed stack depends on as a whole: logical ids, tag keys, the properties of the custom resource, the role. */
test('the template of an owned and an imported repository with a teardown', () => {
  const stack = new Stack(new App(), 'Stack');
  new Repository(stack, 'App', { repositoryName: 'team/app', teardown: Teardown.deleteWithImages({ maxImages: 2 }) });
  new RepositoryTeardown(stack, 'LegacyTeardown', {
    repository: Repository.fromRepositoryName(stack, 'Legacy', 'team/legacy'),
    teardown: Teardown.deleteWithImages({ requireTag: { key: 'stage', value: 'test' } }),
  });
  const template = JSON.parse(JSON.stringify(Template.fromStack(stack)).replace(/[0-9a-f]{64}\.zip/g, '<asset>.zip'));
  expect(template).toMatchSnapshot();
});
