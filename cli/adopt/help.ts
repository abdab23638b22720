export const ADOPT_HELP = `
Examples:
  $ npx cdk synth && npx cdk-ecr-keeper adopt team/app
  $ cdk-ecr-keeper adopt team/app --app build/cdk.out --stack Prod/Shop
  $ cdk-ecr-keeper adopt team/app --template cdk.out/Shop.template.json --logical-id AppF1B96344 --region eu-west-1

The declaration is an AWS::ECR::Repository whose RepositoryName is that text. The repository is looked for in the Region of the stack.
Effects: REFUSED (CloudFormation or a handler refuses the import); REPLACED; LOST; OVERWRITTEN; UNKNOWN (known only at deployment); NOTE (no
harm). With any but NOTE, the exit code is 1. If you want such a change, change the repository first, or deploy all the same.

IAM actions:
  on the repository  ecr:DescribeRepositories, ecr:ListTagsForResource, ecr:GetLifecyclePolicy, ecr:GetRepositoryPolicy
  on *               cloudformation:DescribeStackResources, and cloudformation:ListStacks if a stack or a mark names the repository
Credentials are found as by the AWS CLI: environment, AWS_PROFILE, SSO, container, instance.
Exit codes: 0 the import is safe; 1 it would do harm, or cannot be judged, because the declaration or the repository is missing, or AWS does
not tell; 2 wrong usage.`;
