import { CUSTOM_TYPE, Resource } from './probe-stack';

/** Name of the only inline policy of a role. */
export const POLICY = 'probe';
/** Seconds until CloudFormation stops waiting for a response. */
const TIMEOUT = 120;

export interface ResponderNames {
  readonly functionName: string;
  readonly roleName: string;
  readonly rolePath: string;
  /** ARN of the repository whose tags list the requests. */
  readonly log: string;
}

/**
 * Code of the function: writes each request into a tag of the repository, and then responds. A new role can be denied for some seconds, and
 * a later request finds it without its policy. The presigned URL accepts no content type.
 */
const CODE = `
const { ECRClient, TagResourceCommand } = require('@aws-sdk/client-ecr');
exports.handler = async ({ RequestType, ResponseURL, PhysicalResourceId, ResourceProperties, ...rest }) => {
  const { Log, Fails, Id, ReasonLength } = ResourceProperties;
  const tags = [{ Key: String(Date.now()), Value: [RequestType, PhysicalResourceId].filter(Boolean).join(' ') }];
  for (let left = RequestType === 'Create' ? 10 : 0; ; left--) {
    try {
      await new ECRClient({}).send(new TagResourceCommand({ resourceArn: Log, tags }));
      break;
    } catch (error) {
      console.log(error);
      if (left === 0) break;
      await new Promise(resolve => setTimeout(resolve, 3000));
    }
  }
  const { StackId, RequestId, LogicalResourceId } = rest;
  const body = JSON.stringify({
    StackId, RequestId, LogicalResourceId,
    Status: Fails === RequestType ? 'FAILED' : 'SUCCESS',
    Reason: 'x'.repeat(Number(ReasonLength) - 3) + 'end',
    PhysicalResourceId: RequestType === 'Delete' ? PhysicalResourceId : Id,
  });
  await fetch(ResponseURL, { method: 'PUT', headers: { 'content-type': '' }, body });
};
`;

function documentOf(Statement: object): object {
  return { Version: '2012-10-17', Statement: [Statement] };
}

/** Returns the resources of a template and, if one of them is a custom resource, its function, role, and policy. */
export function withResponder(
  resources: Readonly<Record<string, Resource>>, { functionName, roleName, rolePath, log }: ResponderNames,
): Record<string, Resource> {
  if (!Object.values(resources).some(({ Type }) => Type === CUSTOM_TYPE)) return resources;
  const connected = Object.entries(resources).map(([id, resource]) => [id, resource.Type !== CUSTOM_TYPE ? resource : {
    ...resource,
    DependsOn: [...resource.DependsOn ?? [], 'Policy'],
    Properties: { ServiceToken: { 'Fn::GetAtt': ['Function', 'Arn'] }, ServiceTimeout: TIMEOUT, Log: log, ...resource.Properties },
  }]);
  return {
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: roleName,
        Path: rolePath,
        AssumeRolePolicyDocument: documentOf({
          Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole',
        }),
      },
    },
    Policy: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        PolicyName: POLICY,
        Roles: [{ Ref: 'Role' }],
        PolicyDocument: documentOf({ Effect: 'Allow', Action: 'ecr:TagResource', Resource: log }),
      },
    },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: functionName,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Code: { ZipFile: CODE },
        Timeout: TIMEOUT / 2,
      },
    },
    ...Object.fromEntries(connected) as Record<string, Resource>,
  };
}
