import { DescribeImagesCommand } from '@aws-sdk/client-ecr';
import { answerOf, Probe } from './probe';

/** What IAM evaluates for private repositories. */
export const IAM = [
  {
    id: 'principal-arn-path',
    fact: 'aws:PrincipalArn of a session is the ARN of its role with the path of the role',
    assumed: 'accepted',
    other: 'AccessDeniedException',
    fake: 'local-ecr/authorisation.ts',
    rests: ['src/private/policy/deletion-lock.ts'],
    otherwise: 'test/lambda/shared/deletion-lock.test.ts',
    async ask(world) {
      const repositoryName = await world.repository();
      const { ecr } = await world.role([{
        Effect: 'Allow',
        Action: 'ecr:DescribeImages',
        Resource: '*',
        Condition: { ArnLike: { 'aws:PrincipalArn': `arn:*:iam::${world.account}:role/ecr-keeper-probe/*` } },
      }]);
      return answerOf(ecr.send(new DescribeImagesCommand({ repositoryName })));
    },
  },
] as const satisfies readonly Probe[];
