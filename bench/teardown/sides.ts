import { join } from 'node:path';
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { Repository, Teardown } from '../../src';
import { DeployedStack } from '../../test/lambda/deployed-stack';
import type { IamStatement } from '../../test/local-ecr/iam';
import { bundleOf, root } from '../project';

export const REPOSITORY = 'team/app';
const STACK_ID = 'arn:aws:cloudformation:us-east-1:000000000000:stack/Bench/11111111-1111-1111-1111-111111111111';
const INCUMBENT = join(root, 'node_modules/aws-cdk-lib/custom-resource-handlers/dist/aws-ecr/auto-delete-images-handler/index.js');

/** One of the two compared sides, as in its stack: the handler, its role, and the request of CloudFormation. */
export interface Side {
  readonly name: string;
  readonly bundle: string;
  readonly stackId: string;
  readonly policy: readonly IamStatement[];
  readonly repositoryTags: Readonly<Record<string, string>>;
  readonly resource: { readonly type: string; readonly logicalId: string; readonly properties: Record<string, unknown> };
}

type Resources = ConstructorParameters<typeof DeployedStack>[1];

export function incumbent(): Side {
  const stack = new Stack(new App(), 'Bench');
  new ecr.Repository(stack, 'App', { repositoryName: REPOSITORY, removalPolicy: RemovalPolicy.DESTROY, autoDeleteImages: true });
  const resources = resourcesOf(stack);
  const [, role] = Object.entries(resources).find(([, { Type }]) => Type === 'AWS::IAM::Role')!;
  // Its policies are inline in the role. The only managed policy is for logs.
  const inline = new DeployedStack(STACK_ID, { Role: { Type: 'Inline', Properties: { Policies: role.Properties!.Policies } } })
    .customResourceProperties('Role').Policies as Array<{ PolicyDocument: { Statement: IamStatement[] } }>;
  return side('aws-cdk', INCUMBENT, resources, 'Custom::ECRAutoDeleteImages', inline.flatMap(policy => policy.PolicyDocument.Statement));
}

export function ours(maxImages?: number): Side {
  const stack = new Stack(new App(), 'Bench');
  new Repository(stack, 'App', { repositoryName: REPOSITORY, teardown: Teardown.deleteWithImages({ maxImages }) });
  const resources = resourcesOf(stack);
  return side('ours', bundleOf('teardown'), resources, 'Custom::EcrTeardown', new DeployedStack(STACK_ID, resources).policy());
}

export function emptied(): Side {
  const stack = new Stack(new App(), 'Bench');
  new Repository(stack, 'App', { repositoryName: REPOSITORY, teardown: Teardown.empty() });
  const resources = resourcesOf(stack);
  return side('ours', bundleOf('teardown'), resources, 'Custom::EcrTeardown', new DeployedStack(STACK_ID, resources).policy());
}

function side(name: string, bundle: string, resources: Resources, type: string, policy: readonly IamStatement[]): Side {
  const deployed = new DeployedStack(STACK_ID, resources);
  const [logicalId] = deployed.logicalIds(type);
  return {
    name,
    bundle,
    policy,
    stackId: STACK_ID,
    repositoryTags: deployed.nativeRepositories()[0].tags,
    resource: { type, logicalId, properties: deployed.customResourceProperties(logicalId) },
  };
}

function resourcesOf(stack: Stack): Resources {
  return (Template.fromStack(stack).toJSON() as { Resources: Resources }).Resources;
}
