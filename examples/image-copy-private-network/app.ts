// Copies an image from a registry that is reachable only from a private network, through a forward proxy. Use this example if your company
// lets functions reach other hosts only through a proxy. The VPC has endpoints for Amazon ECR, Amazon S3, AWS CloudFormation, and AWS
// Secrets Manager, and belongs to another team, so it is imported. The repository is retained when the stack is deleted.
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { ImageCopy, ImageCopyFunction, ImageSource, Repository } from 'cdk-ecr-keeper';

const stack = new Stack(new App(), 'PrivateCopy');
const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
  vpcId: 'vpc-0123456789abcdef0',
  availabilityZones: ['eu-west-1a', 'eu-west-1b'],
  privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
});

const copyFunction = new ImageCopyFunction(stack, 'CopyFunction', {
  vpc,
  securityGroups: [SecurityGroup.fromSecurityGroupId(stack, 'ProxyClients', 'sg-0123456789abcdef0')], // may connect to the proxy
  proxyUrl: 'http://proxy.example.com:3128',
  proxySecret: Secret.fromSecretNameV2(stack, 'ProxyLogin', 'proxy'), // user name and password
  noProxy: ['.amazonaws.com'], // reached through the endpoints of the VPC
});

const copy = new ImageCopy(stack, 'Copy', {
  source: ImageSource.fromRegistry('registry.example.com/team/app:build-123'),
  repository: new Repository(stack, 'Mirror', { repositoryName: 'team/mirror' }),
  copyFunction,
});
new CfnOutput(stack, 'Image', { value: copy.image.imageUri });
