import { invalidParameter } from '../../local-ecr/aws-error';
import { requiredText } from '../../local-ecr/constraints';
import { tagging } from '../../local-ecr/operations/tagging';
import { publicName } from '../constraints';

/** "Currently, the supported resource is an Amazon ECR Public repository" (API reference), so the ARN of a registry is invalid. */
export const { listTagsForResource, tagResource, untagResource } = tagging('ecr-public', resourceArn => {
  const arn = requiredText('resourceArn', resourceArn, { min: 1, max: 2048 });
  const name = /^arn:[^:]+:ecr-public::\d{12}:repository\/(.+)$/.exec(arn)?.[1];
  if (name === undefined) throw invalidParameter('resourceArn', 'Invalid ARN');
  return publicName(name, 'resourceArn');
});
