import { Duration, Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { lifecyclePolicyHandler } from '../../../lambda/lifecycle-policy/handler';
import { repositoryPolicyHandler } from '../../../lambda/repository-policy/handler';
import { teardownHandler } from '../../../lambda/teardown/handler';
import {
  ExistingRepository, LifecycleGuard, LifecyclePolicy, RepositoryLifecycle, RepositoryPrincipal, RepositoryTeardown, Teardown,
} from '../../../src';
import { DeployedStack } from '../deployed-stack';
import { Handle, LocalAccount } from '../local-account';

const requireTag = { key: 'stage', value: 'test' };
const ELSEWHERE = 'eu-west-1';
const NAME = 'team/leaves';
const REMOVES = { maxImages: 9, pulledWithin: Duration.days(1) };

type Declare = (stack: Stack, id: string, repository: ExistingRepository) => void;

const lifecycle = (props: object): Declare => (stack, id, repository) => {
  const all = LifecyclePolicy.fromEcrRules([{ tagStatus: ecr.TagStatus.UNTAGGED, maxImageCount: 3 }]);
  new RepositoryLifecycle(stack, id, { repository, lifecycle: all, ...props });
};
const onDelete = LifecyclePolicy.fromEcrRules([{ tagStatus: ecr.TagStatus.UNTAGGED, maxImageCount: 4 }]);
const tornDown: Declare = (stack, id, repository) => {
  new RepositoryTeardown(stack, id, { repository, teardown: Teardown.deleteWithImages({ requireTag }) });
};

const KINDS: ReadonlyArray<[string, string, Handle, string, Declare, Declare?]> = [
  ['a teardown in another Region', 'Custom::EcrTeardown', teardownHandler, ELSEWHERE, tornDown],
  ['a lifecycle policy in another Region', 'Custom::EcrLifecyclePolicy', lifecyclePolicyHandler, ELSEWHERE, lifecycle({})],
  ['a lifecycle policy with a guard of what it leaves behind', 'Custom::EcrLifecyclePolicy', lifecyclePolicyHandler, 'us-east-1',
    lifecycle({ onDelete, lifecycleGuard: LifecycleGuard.refuse(REMOVES) }), lifecycle({})],
  ['a grant in another Region', 'Custom::EcrRepositoryPolicy', repositoryPolicyHandler, ELSEWHERE,
    (_stack, _id, repository) => { repository.grantPull(RepositoryPrincipal.accounts('222222222222')); }],
];

let local: LocalAccount;
beforeEach(async () => { local = await LocalAccount.start('in-process'); });
afterEach(() => local.stop());

test.each(KINDS)('a resource that leaves a stack still has the permissions to undo its changes: %s', async (
  _kind, type, handle, region, declare, declareStaying = declare,
) => {
  const staying = (stack: Stack) => {
    declareStaying(stack, 'Stays', ExistingRepository.fromRepositoryName(stack, 'StaysImport', 'team/stays', { region: 'us-east-1' }));
  };
  const before = DeployedStack.of('Test', stack => {
    staying(stack);
    declare(stack, 'Leaves', ExistingRepository.fromRepositoryName(stack, 'LeavesImport', NAME, { region }));
  });
  const after = DeployedStack.of('Test', staying);
  const [logicalId] = before.logicalIds(type).filter(id => !after.logicalIds(type).includes(id));
  for (const [repositoryName, where] of [['team/stays', 'us-east-1'], [NAME, region]]) {
    local.ecr.seed({ repositoryName, region: where, tags: { stage: 'test' }, images: 1, kind: 'flat' });
  }
  const story = local.cloudFormation.stack(before.stackId).status('CREATE_IN_PROGRESS');
  expect(await local.request(handle, before, 'Create', logicalId)).toMatchObject({ Status: 'SUCCESS' });

  story.status('CREATE_COMPLETE').status('UPDATE_IN_PROGRESS').status('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
  local.ecr.principal(local.roleOf(before), { policy: after.policyInCleanup(before) });
  local.ecr.clearCalls();
  expect(await local.request(handle, before, 'Delete', logicalId)).toMatchObject({ Status: 'SUCCESS' });
  expect(local.ecr.calls.filter(({ outcome }) => outcome === 'AccessDeniedException')).toEqual([]);
  const { tags, policyText, images } = local.ecr.repository(NAME, { region });
  expect({ tags, policyText, images: images.length }).toEqual({ tags: { stage: 'test' }, policyText: undefined, images: 1 });
});
