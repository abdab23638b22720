// A repository of the ECR Public Gallery. There is no assertion, because the ECR Public API exists only in us-east-1.
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Stack } from 'aws-cdk-lib';
import { PublicRepository, PublicTeardown } from '../../src';

const app = new App({ treeMetadata: false });

const stack = new Stack(app, 'IntegPublicRepository');
new PublicRepository(stack, 'Tool', {
  repositoryName: 'ecr-keeper-integ/tool',
  catalogData: { description: 'An integration test', architectures: ['ARM 64'], operatingSystems: ['Linux'] },
  teardown: PublicTeardown.deleteWithImages({ maxImages: 20 }),
});

new IntegTest(app, 'PublicRepository', { testCases: [stack], stackUpdateWorkflow: false });
