import type { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { repositoryPolicyHandler } from '../../../lambda/repository-policy/handler';
import { Repository, RepositoryPolicy } from '../../../src';
import { parsePolicy, Statement } from '../../../src/core/policy/document';
import { sameMeaning } from '../../../src/core/policy/normal-form';
import type { DeployedStack } from '../deployed-stack';
import { CLEANING, CREATED, describeFaults, FaultScene, UPDATING } from '../fault-points';

const TYPE = 'Custom::EcrRepositoryPolicy';
const FOREIGN: Statement[] = [
  {
    Sid: 'LambdaECRImageRetrievalPolicy',
    Effect: 'Allow',
    Principal: { Service: 'lambda.amazonaws.com' },
    Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  },
];

const build = (scope: Stack) => {
  new RepositoryPolicy(scope, 'Policy', {
    repository: Repository.fromRepositoryName(scope, 'Import', 'team/shared'),
    statements: [
      new iam.PolicyStatement({ sid: 'Pull', principals: [new iam.AccountPrincipal('111111111111')], actions: ['ecr:BatchGetImage'] }),
    ],
  });
};

const own = (stack: DeployedStack): Statement => ({
  Sid: `PullCdkEcrKeeper${stack.stackId.split('/')[2].replace(/-/g, '')}${stack.logicalIds(TYPE)[0]}`,
  Effect: 'Allow',
  Action: 'ecr:BatchGetImage',
  Principal: { AWS: '111111111111' },
});

interface Situation extends Pick<FaultScene, 'name' | 'request' | 'history'> {
  readonly before: (stack: DeployedStack) => Statement[];
  readonly after: (stack: DeployedStack) => Statement[];
}

const scene = ({ before, after, ...rest }: Situation): FaultScene => ({
  ...rest,
  build,
  prepare: (account, stack) => {
    const policy = before(stack);
    account.ecr.vanish('team/shared');
    account.ecr.seed({
      repositoryName: 'team/shared',
      ...policy.length > 0 ? { policyText: JSON.stringify({ Version: '2012-10-17', Statement: policy }) } : {},
    });
  },
  isFinal: answer => answer?.Status === 'SUCCESS',
  expectEnd: (account, stack, answer) => {
    expect(answer?.Status).toBe('SUCCESS');
    const { policyText } = account.ecr.repository('team/shared');
    if (after(stack).length === 0) expect(policyText).toBeUndefined();
    else expect(sameMeaning(parsePolicy(policyText!), { Version: '2012-10-17', Statement: after(stack) })).toBe(true);
  },
});

describeFaults(repositoryPolicyHandler, TYPE, [
  scene({
    name: 'Create with statements of other owners',
    request: 'Create',
    history: CREATED.slice(0, 1),
    before: () => FOREIGN,
    after: stack => [...FOREIGN, own(stack)],
  }),
  scene({
    name: 'Create without a policy', request: 'Create', history: CREATED.slice(0, 1), before: () => [], after: stack => [own(stack)],
  }),
  scene({
    name: 'Update',
    request: 'Update',
    history: UPDATING,
    before: stack => [...FOREIGN, { ...own(stack), Action: 'ecr:PutImage' }],
    after: stack => [...FOREIGN, own(stack)],
  }),
  scene({
    name: 'Delete with statements of other owners',
    request: 'Delete',
    history: CLEANING,
    before: stack => [...FOREIGN, own(stack)],
    after: () => FOREIGN,
  }),
  scene({ name: 'Delete of the only statement', request: 'Delete', history: CLEANING, before: stack => [own(stack)], after: () => [] }),
]);
