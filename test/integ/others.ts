import * as iam from 'aws-cdk-lib/aws-iam';
import * as cr from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';

export const STAGE = { key: 'stage', value: 'test' };

export interface RepositoryOfOthersProps {
  readonly repositoryName: string;
  /** What must have become of the repository before this resource is deleted. */
  readonly end: 'emptied' | 'deleted';
}

/**
 * A repository that the app does not declare, as if another owner had created it. Its deletion fails if the repository still holds images,
 * because it does not force it, or if an emptied repository does not exist.
 */
export class RepositoryOfOthers extends Construct {
  constructor(scope: Construct, id: string, { repositoryName, end }: RepositoryOfOthersProps) {
    super(scope, id);
    const physicalResourceId = cr.PhysicalResourceId.of(repositoryName);
    const parameters = { repositoryName, tags: [{ Key: STAGE.key, Value: STAGE.value }] };
    new cr.AwsCustomResource(this, 'Default', {
      onCreate: { service: 'ECR', action: 'createRepository', parameters, physicalResourceId, outputPaths: ['repository.repositoryName'] },
      onDelete: {
        service: 'ECR',
        action: 'deleteRepository',
        parameters: { repositoryName },
        ...end === 'deleted' && { ignoreErrorCodesMatching: 'RepositoryNotFoundException' },
      },
      policy: cr.AwsCustomResourcePolicy.fromStatements([new iam.PolicyStatement({
        actions: ['ecr:CreateRepository', 'ecr:TagResource', 'ecr:DeleteRepository'], resources: ['*'],
      })]),
      installLatestAwsSdk: false,
    });
  }
}
