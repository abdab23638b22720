import { CloudFormationClient, CloudFormationClientConfig } from '@aws-sdk/client-cloudformation';

export { DescribeStackEventsCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';

let client: CloudFormationClient | undefined;

export function stackClient(config: CloudFormationClientConfig): CloudFormationClient {
  return client ??= new CloudFormationClient(config);
}
