// The repositories with a prefix and a tag, which no stack declares: the deletion of the stack deletes them with their images.
import { IApiCall, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Stack } from 'aws-cdk-lib';
import { pushImages } from './images';
import { STAGE } from './others';
import { PrefixTeardown } from '../../src';

const app = new App({ treeMetadata: false });
const prefix = 'ecr-keeper-integ/cache/docker-hub/';

const stack = new Stack(app, 'IntegPrefix');
new PrefixTeardown(stack, 'Cache', { prefix, requireTag: STAGE, maxImages: 5 });

const { assertions } = new IntegTest(app, 'PrefixTeardown', { testCases: [stack], stackUpdateWorkflow: false });
let last: IApiCall | undefined;
for (const name of ['library/alpine', 'library/node']) {
  const created = assertions.awsApiCall('ECR', 'createRepository', {
    repositoryName: prefix + name, tags: [{ Key: STAGE.key, Value: STAGE.value }],
  });
  created.provider.addToRolePolicy({ Effect: 'Allow', Action: ['ecr:TagResource'], Resource: ['*'] });
  last?.next(created);
  last = pushImages(assertions, prefix + name, created);
}
