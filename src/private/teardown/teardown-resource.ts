import { CustomResource } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { encodeTeardown, TEARDOWN_HANDLER, TEARDOWN_RESOURCE_TYPE, TeardownProperties } from '../../core/wire/teardown';
import { HandlerFunction } from '../handler/handler-function';

export function teardownFunction(scope: Construct): HandlerFunction {
  return HandlerFunction.of(scope, {
    handler: TEARDOWN_HANDLER,
    description: 'cdk-ecr-keeper: removes ECR repositories or their images when this stack is deleted',
    reads: [],
    markedWrites: [],
    stackReads: ['cloudformation:DescribeStacks', 'cloudformation:DescribeStackEvents'],
    readsRoot: true,
  });
}

export function teardownResource(scope: Construct, id: string, handler: HandlerFunction, properties: TeardownProperties): CustomResource {
  return handler.customResource(scope, id, TEARDOWN_RESOURCE_TYPE, encodeTeardown(properties));
}
