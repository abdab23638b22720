import { Lazy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { allowSurroundings, ofNoOtherStack, ownerLookupStatement, teardownActions } from './teardown-permissions';
import { CommonPlan, commonWireOf } from './teardown-plan';
import type { RequiredTag } from '../../core/images/guards';
import { encodePrefixTeardown, PREFIX_TEARDOWN_RESOURCE_TYPE } from '../../core/wire/prefix-teardown';
import { TEARDOWN_CODE_TAG } from '../../core/wire/teardown';
import { canRefuse } from '../events/refusals';
import { PREFIX_TEARDOWN_FUNCTION } from '../handler/descriptors';
import { HandlerFunction } from '../handler/handler-function';
import { ANY_REGION, destinationStatements } from '../lifecycle/guard-permissions';
import { findDeclaredNames } from '../repository/declared-names';

export interface PrefixPlan extends CommonPlan {
  readonly prefix: string;
  readonly regions: readonly string[];
  readonly maxRepositories: number;
  readonly requireTag: RequiredTag;
}

/** Deletes the repositories under a prefix with the stack, except for repositories that the app declares. */
export function tearDownPrefix(scope: Construct, { regions: givenRegions, ...plan }: PrefixPlan): void {
  const { prefix, maxRepositories, requireTag } = plan;
  const handler = HandlerFunction.of(scope, PREFIX_TEARDOWN_FUNCTION);
  const regions = givenRegions.length > 0 ? givenRegions : [Stack.of(scope).region];
  allowSurroundings(handler, plan, ANY_REGION);
  const policies = handler.allowAll(scope, 'Policy', permissionStatements(scope, { ...plan, regions }));
  const { guards, audit } = commonWireOf(plan);
  const resource = canRefuse(handler.customResource(scope, 'Resource', PREFIX_TEARDOWN_RESOURCE_TYPE, encodePrefixTeardown({
    prefix,
    regions,
    maxRepositories,
    excluded: Lazy.list({ produce: () => findDeclaredNames(scope, prefix) }, { omitEmpty: true }),
    guards: { ...guards, requireTag },
    audit,
  })));
  resource.node.addDependency(...policies);
}

function permissionStatements(scope: Construct, plan: PrefixPlan): iam.PolicyStatement[] {
  const { regions, prefix, requireTag: { key, value }, guards, audit } = plan;
  const repositories = (resourceName: string) => regions.map(region =>
    Stack.of(scope).formatArn({ service: 'ecr', region, resource: 'repository', resourceName }));
  const carriesTag = { StringEquals: { [`aws:ResourceTag/${key}`]: value }, ...ofNoOtherStack() };
  const { reads, writes } = teardownActions({ kind: 'delete-with-images', replicaRegions: [], guards, audit }, false);
  return [
    new iam.PolicyStatement({ actions: ['ecr:DescribeRepositories'], resources: repositories('*') }),
    new iam.PolicyStatement({
      actions: reads.filter(action => action !== 'ecr:DescribeRepositories'),
      resources: repositories(`${prefix}*`),
    }),
    new iam.PolicyStatement({
      actions: [...writes],
      resources: repositories(`${prefix}*`),
      conditions: carriesTag,
    }),
    new iam.PolicyStatement({
      actions: ['ecr:UntagResource'],
      resources: repositories(`${prefix}*`),
      conditions: { ...carriesTag, 'ForAllValues:StringEquals': { 'aws:TagKeys': [TEARDOWN_CODE_TAG] } },
    }),
    ownerLookupStatement(regions),
    ...destinationStatements(scope, guards, [`${prefix}*`]),
  ];
}
