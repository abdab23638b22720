import { CustomResource, Lazy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { allowSearch, ANY_REGION, destinationStatements } from './guard-permissions';
import { LIFECYCLE_WRITES, lifecycleReads } from './lifecycle-permissions';
import { markKey } from '../../core/mark';
import {
  encodePrefixLifecycle, PREFIX_LIFECYCLE_HANDLER, PREFIX_LIFECYCLE_RESOURCE_TYPE, PrefixLifecycleProperties,
} from '../../core/wire/prefix-lifecycle';
import { canRefuse } from '../events/refusals';
import { PREFIX_LIFECYCLE_FUNCTION } from '../handler/descriptors';
import { HandlerFunction, stackUuidToken } from '../handler/handler-function';
import { findDeclaredNames } from '../repository/declared-names';
import { ownerLookupStatement } from '../teardown/teardown-permissions';

/** Attaches a policy to the repositories under a prefix, except for those that the app declares, with a function of the stack. */
export function attachPrefixLifecycle(scope: Construct, settings: PrefixLifecycleProperties): CustomResource {
  const { prefix, guard, overwrite, excluded } = settings;
  const handler = HandlerFunction.of(scope, PREFIX_LIFECYCLE_FUNCTION);
  if (overwrite) handler.keepLogs();
  allowSearch(handler, guard?.inUseBy ?? [], ANY_REGION);
  const policies = handler.allowAll(scope, 'Policy', permissionStatements(scope, settings));
  const resource = handler.customResource(scope, 'Resource', PREFIX_LIFECYCLE_RESOURCE_TYPE, encodePrefixLifecycle({
    ...settings,
    excluded: Lazy.list({ produce: () => [...new Set([...excluded, ...findDeclaredNames(scope, prefix)])] }, { omitEmpty: true }),
  }));
  if (guard?.mode === 'refuse') canRefuse(resource);
  resource.node.addDependency(...policies);
  return resource;
}

/**
 * The policies can be written only while a repository carries the mark of this stack.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
 */
function permissionStatements(scope: Construct, { prefix, guard }: PrefixLifecycleProperties): iam.PolicyStatement[] {
  const stack = Stack.of(scope);
  const repositories = (resourceName: string) => [stack.formatArn({ service: 'ecr', resource: 'repository', resourceName })];
  const key = markKey(PREFIX_LIFECYCLE_HANDLER);
  const ofStack = `${stackUuidToken()}:*`;
  const ofMark = { 'ForAllValues:StringEquals': { 'aws:TagKeys': [key] } };
  return [
    new iam.PolicyStatement({ actions: ['ecr:DescribeRepositories'], resources: repositories('*') }),
    new iam.PolicyStatement({ actions: lifecycleReads(guard), resources: repositories(`${prefix}*`) }),
    new iam.PolicyStatement({
      actions: ['ecr:TagResource'],
      resources: repositories(`${prefix}*`),
      conditions: {
        ...ofMark,
        StringLike: { [`aws:RequestTag/${key}`]: ofStack },
        // a repository without a mark does not have this key
        StringLikeIfExists: { [`aws:ResourceTag/${key}`]: ofStack },
      },
    }),
    new iam.PolicyStatement({
      actions: LIFECYCLE_WRITES,
      resources: repositories(`${prefix}*`),
      conditions: { StringLike: { [`aws:ResourceTag/${key}`]: ofStack } },
    }),
    new iam.PolicyStatement({
      actions: ['ecr:UntagResource'],
      resources: repositories(`${prefix}*`),
      conditions: { StringLike: { [`aws:ResourceTag/${key}`]: ofStack }, ...ofMark },
    }),
    ownerLookupStatement([stack.region]),
    ...guard ? destinationStatements(scope, guard, [`${prefix}*`]) : [],
  ];
}
