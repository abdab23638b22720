import type { Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { lifecycleGuardHandler } from '../../../lambda/lifecycle-guard/handler';
import { lifecyclePolicyHandler } from '../../../lambda/lifecycle-policy/handler';
import { ImageUse, LifecycleGuard, LifecyclePolicy, LifecycleRule, Repository, RepositoryLifecycle } from '../../../src';
import { sameLifecycle } from '../../../src/core/lifecycle/normal-form';
import type { DeployedStack } from '../deployed-stack';
import { CREATED, describeFaults, FaultScene, UPDATING } from '../fault-points';
import type { LocalAccount } from '../local-account';

const NAME = 'team/app';
const ROLE = 'arn:aws:iam::222222222222:role/look';
const OTHER = { account: '222222222222' };
const LIVE = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(1_000)]);
const NEW = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(2)]);
/** Together, the scenes make every call of a guard. Each makes only some, so that all fault points take only a minute or two. */
const EVERYTHING = LifecycleGuard.refuse({
  maxImages: 6, inUseBy: [ImageUse.ecs(), ImageUse.lambdaFunctions(), ImageUse.ecs({ access: { roleArn: ROLE } })],
});
const FILES = (stack: Stack) => LifecycleGuard.refuse({
  inUseBy: [
    ImageUse.ecs({ clusters: ['shop'], newestTaskDefinitions: 1 }),
    ImageUse.listed(s3.Bucket.fromBucketName(stack, 'Uses', 'uses'), 'in-use/*'),
  ],
});
const NUMBER = LifecycleGuard.refuse({ maxImages: 5 });
const SHARE = LifecycleGuard.refuse({ maxPercentage: 75 });

/** Creates an index among the images that would be deleted, and a workload that uses an image. */
function seed(account: LocalAccount, lifecyclePolicyText?: string, tags = {}): void {
  account.ecr.vanish(NAME);
  account.ecr.seed({ repositoryName: NAME, images: 6, kind: 'multiArch', lifecyclePolicyText, tags });
  account.ecr.seed({ repositoryName: NAME, images: 2, kind: 'flat' });
  const uri = `000000000000.dkr.ecr.us-east-1.amazonaws.com/${NAME}:v4`;
  account.sts.role(ROLE, { trust: { principals: ['000000000000'] } });
  account.ecs.deleteCluster('shop');
  const definition = account.ecs.taskDefinition('web', { containers: [uri] });
  account.ecs.cluster('shop')
    .task({ taskDefinition: definition, containers: [{ image: uri, imageDigest: account.ecr.repository(NAME).images[7].digest }] });
  account.ecs.cluster('shop').service('web', {
    taskDefinition: definition,
    revisions: [{
      taskDefinition: definition, containerImages: [{ image: uri, imageDigest: account.ecr.repository(NAME).images[7].digest }],
    }],
  });
  account.s3.bucket('uses');
  account.s3.seed('uses', 'in-use/prod.jsonl', '{"image":"nginx"}\n');
  account.ecs.cluster('there', OTHER);
  account.lambda.function('f', { imageUri: uri, imageDigest: account.ecr.repository(NAME).images[7].digest });
}

const untouched = (account: LocalAccount, text: string | undefined) => {
  const { lifecyclePolicyText, images } = account.ecr.repository(NAME);
  expect({ lifecyclePolicyText, count: images.length }).toEqual({ lifecyclePolicyText: text, count: 8 });
};

describe('on an owned repository', () => {
  const scene = (name: string, guard: LifecycleGuard | ((stack: Stack) => LifecycleGuard), status: 'SUCCESS' | 'FAILED'): FaultScene => ({
    name,
    build: (stack: Stack) => new Repository(stack, 'App', {
      repositoryName: NAME, lifecycle: NEW, lifecycleGuard: typeof guard === 'function' ? guard(stack) : guard,
    }),
    request: 'Update',
    history: UPDATING,
    prepare: (account, stack: DeployedStack) => {
      seed(account, LIVE.toJson());
      account.cloudFormation.stack(stack.stackId)
        .resource(stack.logicalIds('AWS::ECR::Repository')[0], {
          physicalId: NAME, type: 'AWS::ECR::Repository', status: 'CREATE_COMPLETE',
        });
    },
    isFinal: answer => answer?.Status === status && (status === 'SUCCESS' || answer.Reason.includes('more than its maxImages')),
    expectEnd: (account, _stack, answer) => {
      expect(answer?.Status).toBe(status);
      untouched(account, LIVE.toJson());
    },
  });
  describeFaults(lifecycleGuardHandler, 'Custom::EcrLifecycleGuard', [
    scene('a harmless Update', EVERYTHING, 'SUCCESS'),
    scene('a harmful Update', NUMBER, 'FAILED'),
    scene('a harmless Update that reads files and revisions', FILES, 'SUCCESS'),
  ]);
});

describe('on an imported repository', () => {
  describeFaults(lifecyclePolicyHandler, 'Custom::EcrLifecyclePolicy', [{
    name: 'a harmless Create',
    build: stack => {
      new RepositoryLifecycle(stack, 'Lifecycle', {
        repository: Repository.fromRepositoryName(stack, 'Import', NAME), lifecycle: NEW, lifecycleGuard: SHARE,
      });
    },
    request: 'Create',
    history: CREATED.slice(0, 1),
    prepare: account => seed(account),
    isFinal: answer => answer?.Status === 'SUCCESS',
    expectEnd: (account, _stack, answer) => {
      expect(answer?.Status).toBe('SUCCESS');
      const { lifecyclePolicyText, images } = account.ecr.repository(NAME);
      expect(sameLifecycle(lifecyclePolicyText ?? '', NEW.toJson())).toBe(true);
      expect(images).toHaveLength(8);
    },
    expectTakenBack: account => untouched(account, undefined),
  }]);
});
