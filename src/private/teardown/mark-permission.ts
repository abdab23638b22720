import { Lazy, Stack, Token } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { markKey } from '../../core/mark';
import { TEARDOWN_HANDLER } from '../../core/wire/teardown';
import { HandlerFunction, stackUuidToken } from '../handler/handler-function';

/** Maximum length of a managed policy, without white space. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_POLICY_LENGTH = 6_144;
/** Maximum length of the statement without ARNs. The ARNs are not resolved, because there can be hundreds. */
const STATEMENT_LENGTH = 400;
const ARN_LENGTH = 70;

/**
 * Managed policies of each function, with the names of some repositories. Inline policies have too little space for hundreds of
 * repositories.
 */
const policiesOf = new WeakMap<HandlerFunction, { names: ecr.CfnRepository[]; length: number }>();

const ownersAllowed = new WeakSet<HandlerFunction>();

/** Allows checking with CloudFormation whether a repository belongs to the stack, and whether it was imported. */
export function allowAskingForOwner(handler: HandlerFunction): void {
  if (ownersAllowed.has(handler)) return;
  ownersAllowed.add(handler);
  const { stackId } = Stack.of(handler);
  handler.allowOnce(new iam.PolicyStatement({ actions: ['cloudformation:DescribeStackResource'], resources: [stackId] }));
}

/**
 * Allows setting the mark on a repository that the stack declares by name, regardless of its current mark. The function uses this only for
 * a repository that CloudFormation imported into the stack, without the tags of the template or with the mark of a deleted stack. A
 * repository with a generated name cannot have existed before.
 */
export function allowMarkOf(handler: HandlerFunction, native: ecr.CfnRepository): void {
  const { repositoryName } = native;
  if (repositoryName === undefined || Token.isUnresolved(repositoryName)) return;
  const length = ARN_LENGTH + repositoryName.length;
  let policy = policiesOf.get(handler);
  if (policy === undefined || policy.length + length > MAX_POLICY_LENGTH) {
    policy = { names: [], length: STATEMENT_LENGTH };
    policiesOf.set(handler, policy);
    addPolicy(handler, policy.names);
  }
  policy.names.push(native);
  policy.length += length;
}

function addPolicy(handler: HandlerFunction, natives: readonly ecr.CfnRepository[]): void {
  const key = markKey(TEARDOWN_HANDLER);
  const prefix = Stack.of(handler).formatArn({ service: 'ecr', resource: 'repository', resourceName: '*' }).slice(0, -1);
  handler.attachPolicy('MarkPolicy', new iam.PolicyStatement({
    actions: ['ecr:TagResource'],
    resources: Lazy.list({ produce: () => natives.flatMap(({ repositoryName }) => repositoryName ? `${prefix}${repositoryName}` : []) }),
    conditions: {
      'ForAllValues:StringEquals': { 'aws:TagKeys': [key] },
      'StringLike': { [`aws:RequestTag/${key}`]: `${stackUuidToken()}:*` },
    },
  }));
}
