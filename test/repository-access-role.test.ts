import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ImageUse, Repository, RepositoryAccessRole, RepositoryAccessRoleProps, RepositoryTeardown, RepositoryTeardownProps, Teardown } from '../src';

const OURS = { account: '111111111111', region: 'eu-west-1' };
const THEIRS = { account: '222222222222', region: 'eu-central-1' };
const STAGE = { key: 'stage', value: 'test' };
const access = { roleArn: 'arn:aws:iam::222222222222:role/teardown-access', externalId: 'id' };

interface Statement {
  readonly Action: unknown;
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

let stack: Stack;
beforeEach(() => { stack = new Stack(new App(), 'Stack', { env: OURS }); });

describe('the stack that uses it', () => {
  const attached = (props: Partial<RepositoryTeardownProps> = {}, scope = stack) => () => new RepositoryTeardown(scope, 'Teardown', {
    repository: Repository.fromRepositoryArn(scope, 'Import', 'arn:aws:ecr:eu-central-1:222222222222:repository/team/app'),
    teardown: Teardown.deleteWithImages({ requireTag: STAGE }),
    access,
    ...props,
  });
  const guarded = (...refuseIfInUse: ImageUse[]) => ({ teardown: Teardown.empty({ requireTag: STAGE, refuseIfInUse }) });

  test('a key is the role\'s business: its grants are retired with the rights of who deletes the repository', () => {
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-central-1:222222222222:key/1');
    expect(attached({ encryptionKey })).toThrow(/^Stack\/Teardown: 'encryptionKey' must be given to the RepositoryAccessRole, whose role deletes the repository, not together with 'access'$/);
  });

  test('what runs is looked at in the account of the repository too', () => {
    const message = /'refuseIfInUse' must have a source with a 'roleArn' of the repository's account, where its images run, got none/;
    expect(attached(guarded(ImageUse.ecs(), ImageUse.lambdaFunctions({ region: 'eu-central-1' })))).toThrow(message);
    const there = ImageUse.ecs({ roleArn: 'arn:aws:iam::222222222222:role/look' });
    expect(attached(guarded(ImageUse.ecs(), there), new Stack(new App(), 'Sound', { env: OURS }))).not.toThrow();
  });

  test('a nested stack has no name that a role there could trust', () => {
    expect(attached({}, new NestedStack(stack, 'Nested'))).toThrow(/'access' needs a stack whose name is known, which a nested stack's is not, since the name of the function's role is made of it/);
  });

  test('all at once', () => {
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-central-1:222222222222:key/1');
    const teardown = Teardown.deleteWithImages({ refuseIfInUse: [ImageUse.ecs()], replicaRegions: ['eu-central-1'] });
    expect(attached({ encryptionKey, teardown }, new NestedStack(stack, 'Nested'))).toThrow(/^Stack\/Nested\/Teardown: 5 problems\n/);
  });
});

describe('the role', () => {
  const statementsOf = (props: Partial<RepositoryAccessRoleProps> = {}) => {
    const theirs = new Stack(new App(), 'Theirs', { env: THEIRS });
    new RepositoryAccessRole(theirs, 'Access', {
      repositories: [Repository.fromRepositoryName(theirs, 'Import', 'team/app')],
      teardown: Teardown.deleteWithImages({ requireTag: STAGE, replicaRegions: ['eu-north-1'] }),
      trusted: { stackName: 'Stack', ...OURS },
      externalId: 'id',
      ...props,
    });
    const [policy] = Object.values(Template.fromStack(theirs).findResources('AWS::IAM::Policy'));
    return (policy.Properties as { PolicyDocument: { Statement: Statement[] } }).PolicyDocument.Statement;
  };

  test('may let ECR retire its grants on the keys that are named, by way of ECR in their Region', () => {
    const keys = new Stack(new App(), 'Keys');
    const [one, other] = ['eu-central-1', 'eu-north-1'].map(region => kms.Key.fromKeyArn(keys, region, `arn:aws:kms:${region}:222222222222:key/1`));
    const retires = (props: Partial<RepositoryAccessRoleProps>) => statementsOf(props).filter(({ Action }) => Action === 'kms:RetireGrant');
    expect(retires({})).toEqual([]);
    expect(retires({ encryptionKeys: [one, other] })).toEqual([one, other].map(({ keyArn }, nth) => ({
      Action: 'kms:RetireGrant',
      Effect: 'Allow',
      Resource: keyArn,
      Condition: { StringEquals: { 'kms:ViaService': `ecr.${['eu-central-1', 'eu-north-1'][nth]}.amazonaws.com` } },
    })));
  });

  test('deletes what is marked here, and a replica only where it is not', () => {
    const deletes = statementsOf().filter(({ Action }) => Action === 'ecr:DeleteRepository');
    expect(deletes.map(({ Condition }) => Condition)).toEqual([
      { Null: { 'aws:ResourceTag/cdk-ecr-keeper:teardown-by': 'false' } }, { Null: { 'aws:ResourceTag/cdk-ecr-keeper:teardown-by': 'true' } },
    ]);
    expect(JSON.stringify(deletes[1].Resource)).toContain(':ecr:eu-north-1:222222222222:repository/team/app');
  });
});
