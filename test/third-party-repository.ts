import { Environment, Stack } from 'aws-cdk-lib';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';

/** A repository of another construct library: it has only what `IRepositoryRef` requires. */
export class ThirdPartyRepository extends Construct implements aws_ecr.IRepositoryRef {
  public readonly env: { readonly account: string; readonly region: string };
  public readonly repositoryRef: aws_ecr.RepositoryReference;

  constructor(scope: Construct, id: string, environment: Environment = {}, repositoryName = 'team/third') {
    super(scope, id);
    const stack = Stack.of(this);
    this.env = { account: environment.account ?? stack.account, region: environment.region ?? stack.region };
    const repositoryArn = stack.formatArn({ ...this.env, service: 'ecr', resource: 'repository', resourceName: repositoryName });
    this.repositoryRef = { repositoryName, repositoryArn };
  }
}
