import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct, IDependable } from 'constructs';
import { attachPolicy, FunctionSettings } from './bundled-function';

/**
 * What Lambda needs to connect a function to a VPC. DescribeNetworkInterfaces works only with permission on all resources, and the
 * interfaces have no name that a policy could contain.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 */
const NETWORK_INTERFACES = [
  'ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets', 'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses',
];

/**
 * Allows Lambda to connect the function to its VPC, and denies the same to the code of the function. With an explicit role, aws-cdk-lib
 * does not add the permissions. Lambda verifies the permissions when it creates the function.
 *
 * @returns what a custom resource must depend on
 */
export function allowNetworkInterfaces(scope: Construct, fn: lambda.Function, role: iam.IRole): IDependable[] {
  fn.node.addDependency(attachPolicy(scope, 'NetworkPolicy', role, [
    new iam.PolicyStatement({ actions: NETWORK_INTERFACES, resources: ['*'] }),
  ]));
  return [attachPolicy(scope, 'CodePolicy', role, [new iam.PolicyStatement({
    effect: iam.Effect.DENY,
    actions: NETWORK_INTERFACES,
    resources: ['*'],
    conditions: { ArnEquals: { 'lambda:SourceFunctionArn': fn.functionArn } },
  })])];
}

/** Returns the routes of the subnets and the rules of the security groups, which the function needs as long as it is called. */
export function networkOf({ vpc, vpcSubnets, securityGroups = [] }: FunctionSettings): IDependable[] {
  return [vpc!.selectSubnets(vpcSubnets).internetConnectivityEstablished, ...securityGroups];
}
