export const ADOPT_HELP = `
Examples:
  $ npx cdk synth && npx cdk-ecr-keeper adopt team/app
  $ cdk-ecr-keeper adopt team/app --app build/cdk.out --stack Prod/Shop
  $ cdk-ecr-keeper adopt team/app --template cdk.out/Shop.template.json --logical-id AppF1B96344 --region eu-west-1

The declaration is the AWS::ECR::Repository whose RepositoryName equals the argument. The command reads the repository in the Region of the
stack.
Effects: REFUSED (CloudFormation or a handler refuses the import); REPLACED; LOST; OVERWRITTEN; UNKNOWN (until deployment); NOTE (no harm).
With any effect except NOTE, the exit code is 1. If you want the change, change the repository first, or deploy anyway.

IAM actions:
  on the repository  ecr:DescribeRepositories, ecr:ListTagsForResource, ecr:GetLifecyclePolicy, ecr:GetRepositoryPolicy
  on *               cloudformation:DescribeStackResources, and cloudformation:ListStacks if a stack or a mark names the repository
Credentials are resolved as in the AWS CLI: environment, AWS_PROFILE, SSO, container, instance.
Exit codes: 0 the import is safe; 1 the import is not safe, its effect is unknown, the declaration or the repository does not exist, or a
call to AWS failed; 2 invalid usage.`;
