export const REPORT_HELP = `
Examples:
  $ cdk-ecr-keeper report
  $ cdk-ecr-keeper report --region eu-west-1 us-east-1 --in-use --html report.html --csv images.csv
  $ cdk-ecr-keeper report --role arn:aws:iam::111122223333:role/reader --external-id report --json report.json
  $ cdk-ecr-keeper report --public
  $ cdk-ecr-keeper report --in-use --print-policy > policy.json

Ctrl-C stops the command after the calls in progress. What it has read is in a file beside the first output that ends in .progress. To
continue, run the same command with --resume. It lists the repositories again, and reads those that are new or were not read completely.

IAM actions, all of them on *; --print-policy prints them as a policy:
  registries  ecr:DescribeRepositories, ecr:DescribeImages, ecr:GetLifecyclePolicy
  --public    ecr-public:DescribeRepositories, ecr-public:DescribeImages, ecr-public:ListTagsForResource
  stacks      cloudformation:DescribeStacks, cloudformation:ListStackResources, cloudformation:DescribeStackResources, and
              tag:GetResources except with --public alone
  --in-use    ecs:ListClusters, ecs:ListTasks, ecs:DescribeTasks, ecs:ListServices, ecs:DescribeServices,
              ecs:DescribeServiceRevisions, ecs:DescribeTaskDefinition, lambda:ListFunctions, lambda:GetFunction
  --role      sts:AssumeRole on the role; the role needs the other actions
Credentials are resolved as in the AWS CLI: environment, AWS_PROFILE, SSO, container, instance.
Exit codes: 0 success; 1 no registry could be read, or an output could not be written; 2 invalid usage; 3 something could not be read, and
the report says what; 130 interrupted.`;
