const CREDENTIALS = 'Credentials are resolved as in the AWS CLI: environment, AWS_PROFILE, SSO, container, instance.';

export const STATUS_HELP = `
Examples:
  $ cdk-ecr-keeper shield status --bucket my-shield
  $ cdk-ecr-keeper shield status --bucket my-shield --repository team/app --all
  $ cdk-ecr-keeper shield status --bucket my-shield --no-verify --json

The columns: PHASE is the entry in the state of the shield (wanted: in use, and perhaps not tagged yet; kept: tagged; releasing, released:
no longer in use). TAG says whether the image in Amazon ECR has a keep tag now. POLICY says whether the lifecycle policy of its repository
keeps it. A time is in UTC.

IAM actions:
  on the bucket         s3:ListBucket, s3:GetObject; kms:Decrypt on its key, if it has one
  on the repositories   ecr:DescribeImages, ecr:GetLifecyclePolicy; none with --no-verify
${CREDENTIALS}
Exit codes: 0 all images in use are protected; 1 an image in use is not protected, the latest run has a finding, no run succeeded in the
last two days, or a call to AWS failed; 2 invalid usage; 130 interrupted.`;

export const STOP_HELP = `
Examples:
  $ cdk-ecr-keeper shield stop --bucket my-shield --reason 'audit of the registry'

IAM actions on the bucket: s3:ListBucket, s3:GetObject, s3:PutObject; kms:GenerateDataKey and kms:Decrypt on its key, if it has one
${CREDENTIALS}
Exit codes: 0 the shield is stopped, also if it was stopped before; 1 a call to AWS failed, or the bucket is not that of a shield; 2 invalid
usage; 130 interrupted.`;

export const START_HELP = `
Examples:
  $ cdk-ecr-keeper shield start --bucket my-shield

IAM actions on the bucket: s3:ListBucket, s3:GetObject, s3:DeleteObject; kms:Decrypt on its key, if it has one
${CREDENTIALS}
Exit codes: 0 the shield is not stopped, also if it was not stopped before; 1 a call to AWS failed, or the bucket is not that of a shield; 2
invalid usage; 130 interrupted.`;

export const RELEASE_HELP = `
Examples:
  $ cdk-ecr-keeper shield release --prefix team/ --dry-run
  $ cdk-ecr-keeper shield release --prefix team/ --prefix shop/ --max-images 5000
  $ cdk-ecr-keeper shield release --repository team/app team/worker --region eu-west-1 --yes

Use this command after you delete an image shield. The command needs no bucket, so it cannot find out whether a shield is still active. A
shield that is still active tags the images in use again in its next run.
An image gets the tag was-in-use-<digits> before its keep tags are removed, so no image is deleted, whatever happens at the same time. An
archived image or an image that cannot be read keeps its tags, and the command says so. Ctrl-C stops the command after the current image. To
continue after an interruption or a failure, run the same command again.

IAM actions:
  on *                  ecr:DescribeRepositories, with --prefix or --all-repositories
  on the repositories   ecr:DescribeImages, ecr:BatchGetImage, ecr:PutImage, ecr:BatchDeleteImage; the first only with --dry-run
${CREDENTIALS}
Exit codes: 0 no image has a keep tag anymore, or a dry run; 1 an image keeps its tags, the release was refused or not confirmed, or a call
to AWS failed; 2 invalid usage, or no terminal to confirm on and no --yes; 130 interrupted.`;
