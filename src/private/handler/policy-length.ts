import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';

/** Maximum length of all inline policies of a role. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const MAX_ROLE_POLICY_LENGTH = 10_240;

/** Length that is assumed for a value that is known only at deployment. A UUID and most names are shorter. */
const UNKNOWN_LENGTH = 40;

/** Lengths of the usual values. Longer values fail at deployment. */
const PSEUDO_LENGTHS: Readonly<Record<string, number>> = {
  'AWS::Partition': 'aws'.length,
  'AWS::AccountId': '111111111111'.length,
  'AWS::Region': 'ap-northeast-1'.length,
  'AWS::URLSuffix': 'amazonaws.com'.length,
};

/** Returns the approximate length of all inline policies of a role. As in IAM, white space is not counted. */
export function rolePolicyLength(stack: Stack, role: iam.IRole): number {
  return stack.node.findAll()
    .filter((construct): construct is iam.CfnPolicy => construct instanceof iam.CfnPolicy)
    .filter(policy => JSON.stringify(stack.resolve(policy.roles)) === JSON.stringify(stack.resolve([role.roleName])))
    .reduce((length, policy) => length + textLength(stack.resolve(policy.policyDocument)), 0);
}

/** Returns the length of a resolved value as JSON. Values that are known only at deployment count with their usual length. */
export function textLength(value: unknown, unknownLength = UNKNOWN_LENGTH): number {
  const lengthOf = (item: unknown) => textLength(item, unknownLength);
  if (Array.isArray(value)) return value.reduce<number>((length, item) => length + lengthOf(item) + 1, 1);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)?.length ?? 0;
  const entries = Object.entries(value);
  if (entries.length === 1) {
    const [[key, argument]] = entries;
    if (key === 'Fn::Join' && Array.isArray(argument[1])) {
      return (argument[1] as unknown[]).reduce<number>((length, part) => length + lengthOf(part) - (typeof part === 'string' ? 2 : 0), 2);
    }
    if (key === 'Ref') return PSEUDO_LENGTHS[String(argument)] ?? unknownLength;
    if (key.startsWith('Fn::')) return unknownLength;
  }
  return entries.reduce((length, [key, item]) => length + key.length + 4 + lengthOf(item), 1);
}
