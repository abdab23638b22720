import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as assets from 'aws-cdk-lib/aws-s3-assets';
import { publicArn } from './public-arn';
import { markKey } from '../../core/mark';
import { PUBLIC_REPOSITORY_HANDLER } from '../../core/wire/public-repository';
import { HandlerFunction, markToken } from '../handler/handler-function';
import { allowSurroundings } from '../teardown/teardown-permissions';
import { PublicTeardownPlan } from '../teardown/teardown-plan';

const MARK = markKey(PUBLIC_REPOSITORY_HANDLER);

const READS = ['DescribeRepositories', 'GetRepositoryCatalogData', 'GetRepositoryPolicy', 'ListTagsForResource'];
const WRITES = [
  'DeleteRepository', 'DeleteRepositoryPolicy', 'PutRepositoryCatalogData', 'SetRepositoryPolicy', 'TagResource', 'UntagResource',
];

/**
 * Grants the permissions that do not depend on the repositories. They include those of an Update request that removes the last statement or
 * tag. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistrypublic.html
 */
export function allowPublic(handler: HandlerFunction, plan: PublicTeardownPlan | undefined): void {
  const resources = [publicArn(handler, '*')];
  const allow = (actions: readonly string[], conditions?: Record<string, unknown>) =>
    handler.allowOnce(new iam.PolicyStatement({ actions: actions.map(action => `ecr-public:${action}`), resources, conditions }));
  const whereOurs = { StringLike: { [`aws:ResourceTag/${MARK}`]: markToken('*') } };
  allow(READS);
  allow(WRITES, whereOurs);
  if (plan === undefined || plan.kind === 'retain') return;
  allow(['DescribeImages']);
  if (plan.kind === 'empty') allow(['BatchDeleteImage'], whereOurs);
  allowSurroundings(handler, plan, [Stack.of(handler).region]);
}

/**
 * Returns the permissions for one repository. A repository that does not exist yet carries no tag, so the statement names it. It can be
 * created and marked only with a mark of this stack, and never while it has the mark of another stack.
 */
export function ownStatements(repositoryArn: string, logo: assets.Asset | undefined): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({
      actions: ['ecr-public:CreateRepository', 'ecr-public:TagResource'],
      resources: [repositoryArn],
      conditions: {
        StringLike: { [`aws:RequestTag/${MARK}`]: markToken('*') },
        StringLikeIfExists: { [`aws:ResourceTag/${MARK}`]: markToken('*') },
      },
    }),
    ...logo ? [new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [logo.bucket.arnForObjects(logo.s3ObjectKey)] })] : [],
  ];
}
