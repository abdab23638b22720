// A repository in the ECR Public Gallery, with its catalog data. It is deleted with the stack and its images if it holds at most 20.
// Use this example to publish images to everyone, from a stack in any Region.
import { App, Stack } from 'aws-cdk-lib';
import { PublicRepository, PublicTeardown } from 'cdk-ecr-keeper';

const app = new App();
const stack = new Stack(app, 'Gallery');

new PublicRepository(stack, 'Tool', {
  repositoryName: 'team/tool',
  catalogData: {
    description: 'Does one thing well',
    aboutText: '# Tool\n\nDoes one thing well.',
    usageText: 'docker run public.ecr.aws/team/tool',
    operatingSystems: ['Linux'],
    architectures: ['ARM 64', 'x86-64'],
  },
  teardown: PublicTeardown.deleteWithImages({ maxImages: 20 }),
});
