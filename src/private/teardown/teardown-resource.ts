import { CustomResource } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { encodeTeardown, TEARDOWN_RESOURCE_TYPE, TeardownProperties } from '../../core/wire/teardown';
import { canRefuse } from '../events/refusals';
import { TEARDOWN_FUNCTION } from '../handler/descriptors';
import { HandlerFunction } from '../handler/handler-function';

export function teardownFunction(scope: Construct): HandlerFunction {
  return HandlerFunction.of(scope, TEARDOWN_FUNCTION);
}

export function teardownResource(scope: Construct, id: string, handler: HandlerFunction, properties: TeardownProperties): CustomResource {
  return canRefuse(handler.customResource(scope, id, TEARDOWN_RESOURCE_TYPE, encodeTeardown(properties)));
}
