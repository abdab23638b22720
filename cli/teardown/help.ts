export const TEARDOWN_HELP = `
Examples:
  $ cdk-ecr-keeper teardown my/app --dry-run
  $ cdk-ecr-keeper teardown my/app my/worker --region eu-west-1 --region us-east-1 --audit removed.jsonl
  $ cdk-ecr-keeper teardown my/app --empty --except-newest 10 --except-tags 'prod-*' --in-use-by ecs --in-use-by lambda
  $ cdk-ecr-keeper teardown my/app --protected-tags 'release-*' 'prod' --pushed-within 2d
  $ cdk-ecr-keeper teardown --prefix preview/pr-17/ --require-tag purpose=preview --pulled-within 7d --yes
  $ cdk-ecr-keeper teardown gallery --public --max-images 100

A repository that does not exist is no error, unless --fail-on-absent is given: nothing is left to do there. A repository that fails does
not stop the others; a guard that refuses does. Ctrl-C stops once the calls under way are answered. The same command then goes on from
there, as it does after any failure.
Outcomes: DONE; WOULD (no guard refuses, not done); REFUSED; ABSENT; INTERRUPTED; FAILED.

IAM actions (ecr-public: with --public):
  always                      ecr:DescribeRepositories, ecr:ListTagsForResource, ecr:DescribeImages
  to delete                   ecr:DeleteRepository, and kms:RetireGrant on the key of a repository that has one
  to empty                    ecr:BatchDeleteImage
  --prefix                    cloudformation:DescribeStackResources
  --max-images, without --yes ecr:ListImages
  --except-...                ecr:BatchGetImage
  --in-use-by ecs             ecs:ListClusters, ecs:ListTasks, ecs:DescribeTasks, ecs:ListServices, ecs:DescribeServices,
                              ecs:DescribeTaskDefinition
  --in-use-by lambda          lambda:ListFunctions, lambda:GetFunction
Credentials are found as by the AWS CLI: environment, AWS_PROFILE, SSO, container, instance.
Exit codes: 0 everything that was asked for is removed, or would be; 1 something was refused, failed or was not confirmed, or is absent with
--fail-on-absent; 2 wrong usage, or nobody to ask without --yes; 130 interrupted.`;
