import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { flat } from './flat-template';
import {
  ExistingRepository, ImageCopy, ImageSource, ImageUse, Repository, RepositoryAccessRole, RepositoryAccessRoleProps, RepositoryTeardown,
  RepositoryTeardownProps, Teardown,
} from '../src';

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
  const guarded = (...inUseBy: ImageUse[]) => ({ teardown: Teardown.empty({ requireTag: STAGE, inUseBy }) });

  test('a key is the role\'s business: its grants are retired with the rights of who deletes the repository', () => {
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-central-1:222222222222:key/1');
    expect(attached({ encryptionKey })).toThrow(/^Stack\/Teardown: 'encryptionKey' must be given to the RepositoryAccessRole, whose role deletes the repository, not together with 'access'$/);
  });

  test('what runs is looked at in the account of the repository too', () => {
    const message = /'inUseBy' must have a source with a 'roleArn' of the repository's account, where its images run, got none/;
    expect(attached(guarded(ImageUse.ecs(), ImageUse.lambdaFunctions({ region: 'eu-central-1' })))).toThrow(message);
    const there = ImageUse.ecs({ roleArn: 'arn:aws:iam::222222222222:role/look' });
    expect(attached(guarded(ImageUse.ecs(), there), new Stack(new App(), 'Sound', { env: OURS }))).not.toThrow();
  });

  test('a nested stack has no name that a role there could trust', () => {
    expect(attached({}, new NestedStack(stack, 'Nested'))).toThrow(/'access' needs a stack whose name is known, which a nested stack's is not, since the name of the function's role is made of it/);
  });

  test('all at once', () => {
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-central-1:222222222222:key/1');
    const teardown = Teardown.deleteWithImages({ inUseBy: [ImageUse.ecs()], replicaRegions: ['eu-central-1'] });
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

  describe('for images', () => {
    const PULL = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
    const PUSH = [
      'ecr:BatchCheckLayerAvailability', 'ecr:BatchDeleteImage', 'ecr:BatchGetImage', 'ecr:CompleteLayerUpload', 'ecr:DescribeImages', 'ecr:InitiateLayerUpload',
      'ecr:PutImage', 'ecr:UploadLayerPart',
    ];
    const SCAN = [
      'ecr:BatchGetImage', 'ecr:BatchGetRepositoryScanningConfiguration', 'ecr:DescribeImageScanFindings', 'ecr:DescribeImages', 'ecr:StartImageScan',
    ];
    const PUSH_TOKEN = ['ecr:GetAuthorizationToken'];
    const INSPECTOR = ['inspector2:ListCoverage', 'inspector2:ListFindings'];

    const deployed = (props: Partial<RepositoryAccessRoleProps>) => {
      const theirs = new Stack(new App(), 'Theirs', { env: THEIRS });
      new RepositoryAccessRole(theirs, 'Access', {
        repositories: ['team/app', 'team/web'].map(name => Repository.fromRepositoryName(theirs, name, name)),
        trusted: { stackName: 'Stack', ...OURS },
        externalId: 'id',
        ...props,
      });
      const template = Template.fromStack(theirs);
      const [policy] = Object.values(template.findResources('AWS::IAM::Policy'));
      const [role] = Object.values(template.findResources('AWS::IAM::Role'));
      const statements: Statement[] = flat(policy.Properties.PolicyDocument.Statement);
      const trust = flat(role.Properties.AssumeRolePolicyDocument.Statement[0]);
      return {
        rights: statements.map(({ Action, Resource, Condition }) =>
          ({ actions: [Action as string | string[]].flat().sort(), on: Resource, ...Condition === undefined ? {} : { Condition } })),
        trusted: [trust.Condition.ArnEquals['aws:PrincipalArn']].flat() as string[],
      };
    };
    const BOTH = ['team/app', 'team/web'].map(name => `arn:aws:ecr:eu-central-1:222222222222:repository/${name}`);
    const functionOf = (handler: string) => expect.stringMatching(new RegExp(`^arn:aws:iam::111111111111:role/Stack-eu-west-1-${handler}-[0-9a-f]{8}$`));

    test('to copy from them is to read them, by the function that copies', () => {
      expect(deployed({ pull: true })).toEqual({ rights: [{ actions: PULL, on: BOTH }], trusted: [functionOf('image-copy')] });
    });

    test('to copy to them and to tag is to push and to take tags off, by the functions that do', () => {
      const { rights, trusted } = deployed({ push: true });
      expect(rights).toEqual([{ actions: PUSH, on: BOTH }, { actions: PUSH_TOKEN, on: '*' }]);
      expect(trusted).toEqual([functionOf('image-copy'), functionOf('image-tags')]);
    });

    test('to scan them is to start scans and to read what was found, by ECR or by Inspector', () => {
      expect(deployed({ scan: true })).toEqual({ rights: [{ actions: SCAN, on: BOTH }, { actions: INSPECTOR, on: '*' }], trusted: [functionOf('scan-gate')] });
    });

    test('together they are one statement for the repositories, in which every action is once', () => {
      const { rights } = deployed({ pull: true, push: true, scan: true });
      expect(rights).toEqual([
        { actions: [...new Set([...PULL, ...PUSH, ...SCAN])].sort(), on: BOTH }, { actions: PUSH_TOKEN, on: '*' }, { actions: INSPECTOR, on: '*' },
      ]);
    });

    test('together they trust every function, each once', () => {
      const { trusted } = deployed({ pull: true, push: true, scan: true });
      expect(trusted).toHaveLength(3);
      expect(trusted).toEqual(expect.arrayContaining([functionOf('image-copy'), functionOf('image-tags'), functionOf('scan-gate')]));
    });

    test('the function that is trusted is the one that the other stack has', () => {
      const [trusted] = deployed({ pull: true }).trusted;
      new ImageCopy(stack, 'Copy', {
        source: ImageSource.fromEcrRepository(Repository.fromRepositoryName(stack, 'Builds', 'team/builds'), 'v1'),
        repository: ExistingRepository.fromRepositoryArn(stack, 'Import', BOTH[0], { access }),
      });
      const names = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Role')).map(({ Properties }) => Properties.RoleName);
      expect(names).toEqual([trusted.split('/')[1]]);
    });

    test('beside a teardown they change nothing of what it may', () => {
      const teardown = Teardown.deleteWithImages({ requireTag: STAGE });
      const conditional = (props: Partial<RepositoryAccessRoleProps>) => deployed({ teardown, ...props }).rights.filter(right => 'Condition' in right);
      expect(conditional({ push: true, scan: true })).toEqual(conditional({}));
    });

    test('without any of them they may do nothing with images', () => {
      const actions = deployed({ policy: true, pull: false, push: false, scan: false }).rights.flatMap(right => right.actions);
      expect(actions.filter(action => [...PULL, ...PUSH, ...PUSH_TOKEN, ...SCAN, ...INSPECTOR].includes(action))).toEqual([]);
    });

    test('a role that allows nothing is refused', () => {
      expect(() => deployed({ pull: false, push: false, scan: false }))
        .toThrow('Theirs/Access: one of \'policy\', \'lifecycle\', \'teardown\', \'pull\', \'push\' and \'scan\' must be given, or the role allows nothing');
    });
  });
});
