const READING = `  on *           ecr:DescribeRegistry, ecr:GetRegistryScanningConfiguration, cloudformation:DescribeStacks
  on parameters  ssm:GetParametersByPath on parameter/cdk-ecr-keeper/registry/*`;
const CREDENTIALS = 'Credentials are resolved as in the AWS CLI: environment, AWS_PROFILE, SSO, container, instance.';

export const LIST_HELP = `
Examples:
  $ cdk-ecr-keeper claims
  $ cdk-ecr-keeper claims list --region eu-west-1 --json

The columns: STATE says whether the stack exists (exists, gone, unknown). CLAIM is own (the stack added the rule), found (the rule was there
before any stack), leaving (the stack is removing the rule), or none (no stack claims the rule).

IAM actions:
${READING}
${CREDENTIALS}
Exit codes: 0 every claim belongs to a stack that exists; 1 a stack is gone, or it is unknown whether it exists, a parameter is not a claim,
or a call to AWS failed; 2 invalid usage; 130 interrupted.`;

export const REMOVE_HELP = `
Examples:
  $ cdk-ecr-keeper claims remove Shop --dry-run
  $ cdk-ecr-keeper claims remove 1b4e28ba-2fa1-11d2-883f-0016d3cca427 --keep-rules
  $ cdk-ecr-keeper claims remove /cdk-ecr-keeper/registry/scanning/notes --yes

The command refuses while the stack exists. It removes the rules that the stack added and that no other stack claims. Rules that were there
before, the rules of others, and the scan type stay. Stacks can be deployed and deleted at the same time. To continue after a failure, run
the same command again.

IAM actions:
${READING}
                 ssm:PutParameter and ssm:DeleteParameter on the claims of the stack
  on *           ecr:PutReplicationConfiguration, ecr:PutRegistryScanningConfiguration, unless --keep-rules
${CREDENTIALS}
With enhanced scanning, ecr:PutRegistryScanningConfiguration also needs inspector2:Enable and inspector2:ListAccountPermissions.
Exit codes: 0 the claims are removed, or a dry run; 1 the stack has no claim or may exist, the removal was not confirmed, or a call to AWS
failed; 2 invalid usage, or no terminal to confirm on and no --yes; 130 interrupted before any change.`;
