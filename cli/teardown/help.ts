export const TEARDOWN_HELP = `
Examples:
  $ cdk-ecr-keeper teardown my/app --dry-run
  $ cdk-ecr-keeper teardown my/app my/worker --region eu-west-1 --region us-east-1 --audit removed.jsonl
  $ cdk-ecr-keeper teardown my/app --empty --except-newest 10 --except-tags 'prod-*' --in-use-by ecs --in-use-by lambda
  $ cdk-ecr-keeper teardown my/app --protected-tags 'release-*' 'prod' --pushed-within 2d
  $ cdk-ecr-keeper teardown --prefix preview/pr-17/ --require-tag purpose=preview --pulled-within 7d --yes
  $ cdk-ecr-keeper teardown gallery --public --max-images 100

A repository that does not exist is an error only with --fail-on-absent. If a repository fails, the command continues with the others. If a
guard refuses, the command stops. Ctrl-C stops the command after the calls in progress. To continue after an interruption or a failure, run
the same command again.
Outcomes: DONE; WOULD (no guard refuses, but the command did not remove it); REFUSED; ABSENT; INTERRUPTED; FAILED.

IAM actions (with --public, the prefix is ecr-public):
  always                      ecr:DescribeRepositories, ecr:ListTagsForResource, ecr:DescribeImages
  to delete                   ecr:DeleteRepository, and kms:RetireGrant on the KMS key of the repository, if any
  to empty                    ecr:BatchDeleteImage
  --prefix                    cloudformation:DescribeStackResources
  --max-images, or no --yes   ecr:ListImages
  --except-...                ecr:BatchGetImage
  guards on tags, pulls, use  ecr:DescribeRegistry; in the Regions where it repeats deletions: ecr:DescribeImages
  --in-use-by ecs             ecs:ListClusters, ecs:ListTasks, ecs:DescribeTasks, ecs:ListServices, ecs:DescribeServices,
                              ecs:DescribeTaskDefinition
  --in-use-by lambda          lambda:ListFunctions, lambda:GetFunction
Credentials are resolved as in the AWS CLI: environment, AWS_PROFILE, SSO, container, instance.
Exit codes: 0 success, also of a dry run; 1 a removal was refused, failed, or not confirmed, or a repository is absent with
--fail-on-absent; 2 invalid usage, or no terminal to confirm on and no --yes; 130 interrupted.`;
