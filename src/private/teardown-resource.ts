import { CustomResource } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { HandlerFunction, SERVICE_TIMEOUT } from './handler-function';
import { encodeTeardown, TEARDOWN_HANDLER, TEARDOWN_RESOURCE_TYPE, TeardownProperties } from '../core/wire/teardown';

export function teardownFunction(scope: Construct): HandlerFunction {
  return HandlerFunction.of(scope, {
    handler: TEARDOWN_HANDLER,
    description: 'cdk-ecr-keeper: deletes ECR repositories with their images when this stack is deleted',
    reads: ['ecr:DescribeRepositories', 'ecr:ListImages', 'ecr:ListTagsForResource'],
    writes: ['ecr:DeleteRepository', 'ecr:UntagResource'],
  });
}

export function teardownResource(scope: Construct, id: string, handler: HandlerFunction, properties: TeardownProperties): CustomResource {
  const resource = new CustomResource(scope, id, {
    resourceType: TEARDOWN_RESOURCE_TYPE,
    serviceToken: handler.serviceToken,
    serviceTimeout: SERVICE_TIMEOUT,
    properties: encodeTeardown(properties),
  });
  resource.node.addDependency(handler);
  return resource;
}
