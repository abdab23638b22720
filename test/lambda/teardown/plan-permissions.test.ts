import { Duration, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Scene, STAGE } from './scene';
import { teardownHandler } from '../../../lambda/teardown/handler';
import { ImageUse, Repository, RepositoryTeardown, Teardown, TeardownAudit } from '../../../src';
import { grantsOf } from '../../local-ecr/iam';
import { DeployedStack } from '../deployed-stack';

let scene: Scene;
beforeEach(async () => { scene = await Scene.start(); });
afterEach(() => scene.stop());

/** Granted permissions that AWS uses on behalf of the function, not the handler. */
const ON_OUR_BEHALF = ['logs:CreateLogStream', 'logs:PutLogEvents', 'kms:GenerateDataKey'];

const NAMES = ['team/leaves', 'team/goes', 'team/failed'];

type Plan = (stack: Stack) => Teardown;

/** Imported before: one leaves the template, one is deleted with the stack, and the stack of one never finished its creation. */
const ownedBy = (plan: Plan) => (stack: Stack) => {
  const teardown = plan(stack);
  for (const repositoryName of NAMES) new Repository(stack, repositoryName.replace('/', ''), { repositoryName, teardown });
};
const importedBy = (plan: Plan, region = 'us-east-1') => (stack: Stack) => {
  const teardown = plan(stack);
  for (const name of NAMES) {
    const repository = Repository.fromRepositoryArn(stack, `${name.replace('/', '')}Import`,
      `arn:aws:ecr:${region}:000000000000:repository/${name}`);
    new RepositoryTeardown(stack, name.replace('/', ''), { repository, teardown });
  }
};

const toBucket = (stack: Stack) => TeardownAudit.toBucket(s3.Bucket.fromBucketAttributes(stack, 'Audit', {
  bucketName: 'audit', encryptionKey: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:000000000000:key/1'),
}));
const USES = [ImageUse.ecs(), ImageUse.lambdaFunctions()];
const GUARDS = {
  maxImages: 9, protectedTags: ['never'], pushedWithin: Duration.hours(1), pulledWithin: Duration.hours(1), requireTag: STAGE,
};
const EXCEPT = { exceptTags: ['keep'] };

const plans: Array<[string, (stack: Stack) => void, string?]> = [
  ['delete', ownedBy(() => Teardown.deleteWithImages())],
  ['delete, imported', importedBy(() => Teardown.deleteWithImages({ requireTag: STAGE }))],
  ['delete, maxImages', ownedBy(() => Teardown.deleteWithImages({ maxImages: 9 }))],
  ['delete, maxImages, imported', importedBy(() => Teardown.deleteWithImages({ maxImages: 9, requireTag: STAGE }))],
  ['delete, all guards', importedBy(() => Teardown.deleteWithImages({ ...GUARDS, inUseBy: USES }))],
  ['delete, protected tags and maxImages', ownedBy(() => Teardown.deleteWithImages({ protectedTags: ['never'], maxImages: 9 }))],
  ['delete, pushed, imported',
    importedBy(() => Teardown.deleteWithImages({ pushedWithin: Duration.hours(1), maxImages: 9, requireTag: STAGE }))],
  ['delete, audit in the log', importedBy(() => Teardown.deleteWithImages({ audit: TeardownAudit.toLogs(), requireTag: STAGE }))],
  ['empty', ownedBy(() => Teardown.empty())],
  ['empty, imported', importedBy(() => Teardown.empty({ requireTag: STAGE }))],
  ['empty, maxImages', ownedBy(() => Teardown.empty({ maxImages: 9 }))],
  ['empty, exceptions', ownedBy(() => Teardown.empty(EXCEPT))],
  ['empty, exceptions, all guards', importedBy(() => Teardown.empty({ ...EXCEPT, ...GUARDS, inUseBy: USES }))],
  ['empty, newest task definitions, files', ownedBy(stack => Teardown.empty({
    inUseBy: [ImageUse.ecs({ newestTaskDefinitions: 1 }), ImageUse.listed(s3.Bucket.fromBucketName(stack, 'Uses', 'uses'), 'in-use/*')],
  }))],
  ['empty, pulled', ownedBy(() => Teardown.empty({ pulledWithin: Duration.hours(1), maxImages: 9 }))],
  ['empty, protected tags and maxImages', ownedBy(() => Teardown.empty({ protectedTags: ['never'], maxImages: 9 }))],
  ['empty, pushed', ownedBy(() => Teardown.empty({ pushedWithin: Duration.hours(1), maxImages: 9 }))],
  ['empty, audit bucket', ownedBy(stack => Teardown.empty({ audit: toBucket(stack) }))],
  ['delete, audit bucket', importedBy(stack => Teardown.deleteWithImages({ audit: toBucket(stack), requireTag: STAGE }))],
  ['delete, replicas', ownedBy(() => Teardown.deleteWithImages({ replicaRegions: ['eu-west-1', 'eu-central-1'] }))],
  ['delete, replicas, imported, maxImages',
    importedBy(() => Teardown.deleteWithImages({ replicaRegions: ['eu-west-1'], requireTag: STAGE, maxImages: 9 }))],
  ['delete, replicas, protected tags and maxImages',
    ownedBy(() => Teardown.deleteWithImages({ replicaRegions: ['eu-west-1'], protectedTags: ['never'], maxImages: 9 }))],
  ['delete, another Region', importedBy(() => Teardown.deleteWithImages({ requireTag: STAGE, maxImages: 9 }), 'eu-west-1'), 'eu-west-1'],
  ['empty, another Region, exceptions', importedBy(() => Teardown.empty({ requireTag: STAGE, ...EXCEPT }), 'eu-west-1'), 'eu-west-1'],
];

test.each(plans)('every granted permission is used: %s', async (_plan, build, region = 'us-east-1') => {
  const stack = DeployedStack.of('Stack', build);
  const ids = stack.logicalIds('Custom::EcrTeardown');
  scene.ecr.principal(scene.account.roleOf(stack), { policy: stack.policy() });
  scene.account.s3.bucket('audit');
  scene.ecr.replicate({
    from: { region }, to: [{ region: 'eu-west-1' }, { region: 'eu-central-1' }].filter(to => to.region !== region), prefix: 'team/',
  });
  runsElsewhere();
  for (const [nth, logicalId] of stack.logicalIds('AWS::ECR::Repository').entries()) {
    const { repositoryName: physicalId } = stack.nativeRepositories()[nth];
    scene.account.cloudFormation.stack(stack.stackId).resource(logicalId, { type: 'AWS::ECR::Repository', physicalId });
  }
  scene.status(stack, 'CREATE_IN_PROGRESS');
  for (const [nth, repositoryName] of NAMES.entries()) {
    scene.ecr.seed({ repositoryName, region, tags: { stage: 'test' } });
    for (let count = 0; count < 2; count++) scene.ecr.addImage({ repositoryName, region, tags: [`v${count}`] });
    const child = scene.ecr.addImage({ repositoryName, region });
    scene.ecr.addImage({ repositoryName, region, children: [child], tags: ['keep'] });
    expect(await sendNth('Create', nth)).toMatchObject({ Status: 'SUCCESS' });
  }
  async function sendNth(type: 'Create' | 'Delete', nth: number) {
    return scene.account.request(teardownHandler, stack, type, ids[nth]);
  }
  scene.status(stack, 'DELETE_IN_PROGRESS');
  expect(await sendNth('Delete', 2)).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('this stack never finished') });
  scene.status(stack, 'CREATE_COMPLETE', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
  expect(await sendNth('Delete', 0)).toMatchObject({ Status: 'SUCCESS' });
  expect(scene.ecr.images(NAMES[0], { region })).toBe(4);
  scene.ecr.retag(NAMES[1], { 'cdk-ecr-keeper:teardown': 'not-needed' }, { region });
  scene.status(stack, 'UPDATE_COMPLETE', 'DELETE_IN_PROGRESS');
  expect(await sendNth('Delete', 1)).toMatchObject({ Status: 'SUCCESS' });
  if (scene.ecr.repository(NAMES[1], { region }).exists) await sendNth('Delete', 2);
  else expect(await sendNth('Delete', 2)).toMatchObject({ Status: 'SUCCESS' });

  const key = ({ statementIndex, action, resource }: { statementIndex: number; action: string; resource: string }) =>
    `${statementIndex} ${action} on ${resource}`;
  const used = new Set(scene.ecr.granted(scene.account.roleOf(stack)).map(key));
  // a repository that leaves the template is not deleted, so neither are its replicas
  const isOfReplicaLeft = ({ resource }: { resource: string }) => resource.endsWith(NAMES[0]) && !resource.includes(`:${region}:`);
  const unused = grantsOf(stack.policy())
    .filter(grant => !used.has(key(grant)) && !ON_OUR_BEHALF.includes(grant.action) && !isOfReplicaLeft(grant));
  expect(unused.map(({ action, resource }) => `${action} on ${resource}`)).toEqual([]);
});

/** Creates something to read in each service that is called. */
function runsElsewhere(): void {
  const taskDefinition = scene.account.ecs.taskDefinition('web', { containers: ['nginx'] });
  scene.account.ecs.cluster('shop').task({ taskDefinition });
  scene.account.ecs.cluster('shop').service('web', { taskDefinition, revisions: [{ taskDefinition }] });
  scene.account.s3.bucket('uses');
  scene.account.s3.seed('uses', 'in-use/prod.jsonl', '{"image":"nginx"}\n');
  scene.account.lambda.function('other', { imageUri: `000000000000.dkr.ecr.us-east-1.amazonaws.com/other@sha256:${'0'.repeat(64)}` });
}
