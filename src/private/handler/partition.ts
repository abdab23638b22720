import { Aws, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { IConstruct } from 'constructs';

/** Returns the partition of the stack; undefined if aws-cdk-lib does not know it at synthesis. */
export function knownPartition(scope: IConstruct): string | undefined {
  const { region } = Stack.of(scope);
  return Token.isUnresolved(region) ? undefined : RegionInfo.get(region).partition;
}

/** Returns the condition that a service calls KMS for the principal. */
export function throughService(scope: IConstruct, service: string, region: string): iam.Conditions {
  const [first, ...others] = viaService(scope, service, region);
  return { StringEquals: { 'kms:ViaService': others.length === 0 ? first : [first, ...others] } };
}

/**
 * Returns the values of `kms:ViaService` for calls of a service.
 *
 * UNCERTAIN: whether the value in a partition such as `aws-cn` ends in `amazonaws.com` or in the suffix of the partition. Both are allowed
 * there. https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
 */
export function viaService(scope: IConstruct, service: string, region: string): string[] {
  const known = [region, Stack.of(scope).region].find(each => !Token.isUnresolved(each));
  const suffix = known === undefined ? undefined : RegionInfo.get(known).domainSuffix;
  return [...new Set(['amazonaws.com', suffix ?? Aws.URL_SUFFIX])].map(each => `${service}.${region}.${each}`);
}
