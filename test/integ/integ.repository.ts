// A repository of the stack, and a repository of another owner: the deletion of the stack deletes both with their images. A third one has
// `emptyOnDelete` of aws-ecr, which needs no teardown.
import { ExpectedResult, IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { pushImages } from './images';
import { RepositoryOfOthers, STAGE } from './others';
import { Repository, RepositoryTeardown, Teardown } from '../../src';

const app = new App({ treeMetadata: false });
const [OWNED, LEGACY, PLAIN] = ['owned', 'legacy', 'plain'].map(name => `ecr-keeper-integ/repository/${name}`);

const others = new Stack(app, 'IntegRepositoryOthers');
new RepositoryOfOthers(others, 'Legacy', { repositoryName: LEGACY, end: 'deleted' });

const stack = new Stack(app, 'IntegRepository');
stack.addDependency(others);
new Repository(stack, 'Owned', { repositoryName: OWNED, teardown: Teardown.deleteWithImages({ maxImages: 5 }) });
new Repository(stack, 'Plain', { repositoryName: PLAIN, removalPolicy: RemovalPolicy.DESTROY, emptyOnDelete: true });
new RepositoryTeardown(stack, 'LegacyTeardown', {
  repository: Repository.fromRepositoryName(stack, 'Legacy', LEGACY),
  teardown: Teardown.deleteWithImages({ requireTag: STAGE, maxImages: 5 }),
});

const { assertions } = new IntegTest(app, 'Repository', { testCases: [others, stack], stackUpdateWorkflow: false });
let last = [OWNED, LEGACY, PLAIN].reduce<ReturnType<typeof pushImages> | undefined>(
  (after, name) => pushImages(assertions, name, after), undefined,
)!;
for (const [name, teardown] of [[OWNED, 'OwnedTeardown'], [LEGACY, 'LegacyTeardown']]) {
  const resourceArn = stack.formatArn({ service: 'ecr', resource: 'repository', resourceName: name });
  last = last.next(assertions.awsApiCall('ECR', 'listTagsForResource', { resourceArn }).expect(ExpectedResult.objectLike({
    tags: Match.arrayWith([{ Key: 'cdk-ecr-keeper:teardown-by', Value: Match.stringLikeRegexp(`^[0-9a-f-]{36}:${teardown}\\w+$`) }]),
  })));
}
