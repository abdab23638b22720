import { AwsError } from '../local-ecr/aws-error';
import { DEFAULT_ACCOUNT } from '../local-ecr/principals';
import type { Place } from '../local-ecr/registry';

export type { Place };

const DEFAULT_REGION = 'us-east-1';

/** @throws AwsError for the ARN of another Region */
export function inRegion(arn: string, { region = DEFAULT_REGION }: Place): string {
  if (arn.split(':')[3] !== region) throw new AwsError('InvalidParameterException', 'Invalid Region in ARN');
  return arn;
}

export function arnOf(resource: string, { account = DEFAULT_ACCOUNT, region = DEFAULT_REGION }: Place): string {
  return `arn:aws:ecs:${region}:${account}:${resource}`;
}
