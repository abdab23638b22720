// A repository of the ECR Public Gallery, with what the gallery shows of it; it goes with the stack, images included, if there are few.
// Use it to publish images to everybody, from a stack in any Region.
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
