import { Lazy, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { allowSurroundings, teardownActions } from './teardown-permissions';
import { DeletePlan, wireOf } from './teardown-plan';
import { markKey } from '../../core/mark';
import type { RequiredTag } from '../../core/teardown/guards';
import { encodePrefixTeardown, PREFIX_TEARDOWN_RESOURCE_TYPE } from '../../core/wire/prefix-teardown';
import { TEARDOWN_HANDLER } from '../../core/wire/teardown';
import { PREFIX_TEARDOWN_FUNCTION } from '../handler/descriptors';
import { HandlerFunction } from '../handler/handler-function';
import { allNatives } from '../repository/native-repository';
import { isKnownToDiffer } from '../repository/unowned-repository';

export interface PrefixPlan {
  readonly prefix: string;
  readonly regions: readonly string[];
  readonly maxRepositories: number;
  readonly requireTag: RequiredTag;
  readonly plan: DeletePlan;
}

/** Removes what is under a prefix when the stack goes; what an app declares there is no business of it. */
export function tearDownPrefix(scope: Construct, { prefix, regions, maxRepositories, requireTag, plan }: PrefixPlan): void {
  const handler = HandlerFunction.of(scope, PREFIX_TEARDOWN_FUNCTION);
  const where = regions.length > 0 ? regions : [Stack.of(scope).region];
  allowSurroundings(handler, plan);
  const policies = handler.allowAll(scope, 'Policy', statements(scope, { prefix, regions: where, maxRepositories, requireTag, plan }));
  const { guards, audit } = wireOf(plan);
  const resource = handler.customResource(scope, 'Resource', PREFIX_TEARDOWN_RESOURCE_TYPE, encodePrefixTeardown({
    prefix,
    regions: where,
    maxRepositories,
    excluded: Lazy.list({ produce: () => declaredUnder(scope, prefix) }, { omitEmpty: true }),
    guards: { ...guards, requireTag },
    audit,
  }));
  resource.node.addDependency(...policies);
}

function statements(scope: Construct, { regions, prefix, requireTag: { key, value }, plan }: PrefixPlan): iam.PolicyStatement[] {
  const under = (resourceName: string) => regions.map(region => Stack.of(scope).formatArn({ service: 'ecr', region, resource: 'repository', resourceName }));
  const { reads, writes } = teardownActions(plan, false);
  return [
    new iam.PolicyStatement({ actions: ['ecr:DescribeRepositories'], resources: under('*') }),
    new iam.PolicyStatement({ actions: reads.filter(action => action !== 'ecr:DescribeRepositories'), resources: under(`${prefix}*`) }),
    new iam.PolicyStatement({
      actions: [...writes],
      resources: under(`${prefix}*`),
      conditions: {
        StringEquals: { [`aws:ResourceTag/${key}`]: value },
        // what a teardown of its own has is that one's
        Null: { [`aws:ResourceTag/${markKey(TEARDOWN_HANDLER)}`]: 'true' },
      },
    }),
  ];
}

function declaredUnder(scope: Construct, prefix: string): string[] {
  const { account } = Stack.of(scope);
  return allNatives(scope)
    .filter(native => !isKnownToDiffer(Stack.of(native).account, account))
    .flatMap(({ repositoryName }) => repositoryName === undefined || Token.isUnresolved(repositoryName) ? [] : [repositoryName])
    .filter(repositoryName => repositoryName.startsWith(prefix))
    .sort();
}
