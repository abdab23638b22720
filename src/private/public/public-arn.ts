import { Arn, ArnFormat, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/** Returns the ARN of a public repository. ECR Public has no Regions. */
export function publicArn(scope: Construct, repositoryName: string, account?: string): string {
  return Arn.format({
    service: 'ecr-public',
    region: '',
    account,
    resource: 'repository',
    resourceName: repositoryName,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  }, Stack.of(scope));
}
