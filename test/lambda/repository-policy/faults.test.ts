import * as iam from 'aws-cdk-lib/aws-iam';
import { repositoryPolicyHandler } from '../../../lambda/repository-policy/handler';
import { Repository, RepositoryPolicy } from '../../../src';
import { parsePolicy } from '../../../src/core/policy/document';
import { describePolicyFaults } from '../policy-faults';

describePolicyFaults({
  handler: repositoryPolicyHandler,
  resourceType: 'Custom::EcrRepositoryPolicy',
  build: scope => {
    new RepositoryPolicy(scope, 'Policy', {
      repository: Repository.fromRepositoryName(scope, 'Import', 'team/shared'),
      statements: [
        new iam.PolicyStatement({ sid: 'Pull', principals: [new iam.AccountPrincipal('111111111111')], actions: ['ecr:BatchGetImage'] }),
      ],
    });
  },
  foreign: [
    {
      Sid: 'LambdaECRImageRetrievalPolicy',
      Effect: 'Allow',
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
    },
  ],
  own: { Sid: 'Pull', Effect: 'Allow', Action: 'ecr:BatchGetImage', Principal: { AWS: '111111111111' } },
  formerAction: 'ecr:PutImage',
  read: ({ ecr }) => {
    const { policyText } = ecr.repository('team/shared');
    return policyText === undefined ? undefined : parsePolicy(policyText);
  },
  write: ({ ecr }, statements) => {
    ecr.vanish('team/shared');
    ecr.seed({
      repositoryName: 'team/shared',
      ...statements.length > 0 ? { policyText: JSON.stringify({ Version: '2012-10-17', Statement: statements }) } : {},
    });
  },
});
