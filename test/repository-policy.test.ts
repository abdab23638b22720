import { CfnResource, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { app, imported, newStackForEachTest, stack } from './construct-scene';
import { ThirdPartyRepository } from './third-party-repository';
import { Repository, RepositoryPolicy } from '../src';

newStackForEachTest();

const pull = (props: iam.PolicyStatementProps = {}) => new iam.PolicyStatement({
  principals: [new iam.AccountPrincipal('111111111111')], actions: ['ecr:BatchGetImage'], ...props,
});

test('on a repository of the same stack the statements are the native policy, and no function is deployed', () => {
  const repository = new ecr.Repository(stack, 'Repository');
  const policy = new RepositoryPolicy(stack, 'Policy', {
    repository: ecr.Repository.fromRepositoryName(stack, 'Again', repository.repositoryName), statements: [pull()],
  });
  policy.addStatements(pull({ sid: 'Late' }));
  Template.fromStack(stack).hasResourceProperties('AWS::ECR::Repository', {
    RepositoryPolicyText: { Statement: [{ Action: 'ecr:BatchGetImage' }, { Sid: 'Late' }].map(Match.objectLike) },
  });
  Template.fromStack(stack).resourceCountIs('AWS::Lambda::Function', 0);
});

test('on one of another stack of the app it throws and says where', () => {
  const repository = new Repository(new Stack(app, 'Owner'), 'Repository');
  expect(() => new RepositoryPolicy(stack, 'Policy', { repository, statements: [pull()] }))
    .toThrow(/belongs to the stack 'Owner'.*'Owner\/Repository\/Resource'/);
});

test('on an imported one a function of the stack writes them, and may write nowhere else', () => {
  const policy = new RepositoryPolicy(stack, 'Policy', { repository: imported(), statements: [pull()] });
  policy.addStatements(pull({ sid: 'Late' }));
  const template = Template.fromStack(stack);
  const [resource] = Object.values(template.findResources('Custom::EcrRepositoryPolicy'));
  expect(resource.Properties).toMatchObject({ ServiceTimeout: '960' });
  expect(Object.keys(resource.Properties).sort()).toEqual(['RepositoryArn', 'ServiceTimeout', 'ServiceToken', 'Statements']);
  expect(JSON.stringify(resource.Properties.Statements)).toContain('Late');
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: [{
        Effect: 'Allow',
        Action: ['ecr:SetRepositoryPolicy', 'ecr:DeleteRepositoryPolicy'],
        Resource: { 'Fn::Join': ['', Match.arrayWith([':repository/team/shared'])] },
      }],
    },
  });
});

test('several on one repository are one resource, another repository is another', () => {
  for (const [id, name] of [['One', 'team/shared'], ['Two', 'team/shared'], ['Other', 'team/other']]) {
    new RepositoryPolicy(stack, id, {
      repository: Repository.fromRepositoryName(stack, `${id}Import`, name), statements: [pull({ sid: id })],
    });
  }
  const texts = Object.values(Template.fromStack(stack).findResources('Custom::EcrRepositoryPolicy'))
    .map(({ Properties }) => JSON.stringify(Properties.Statements));
  expect(texts).toEqual([expect.stringMatching(/One.*Two/), expect.stringMatching(/Other/)]);
});

test('the same Sid for different statements of two constructs for one repository is an error', () => {
  new RepositoryPolicy(stack, 'One', { repository: imported(), statements: [pull({ sid: 'Pull' })] });
  const repository = Repository.fromRepositoryName(stack, 'Again', 'team/shared');
  expect(() => new RepositoryPolicy(stack, 'Two', { repository, statements: [pull({ sid: 'Pull', actions: ['ecr:ListImages'] })] }))
    .toThrow('Stack/Two: different statements must have different Sids, got more than one with: "Pull"');
});

test('a resource that depends on the policy is deployed after its statements', () => {
  const policy = new RepositoryPolicy(stack, 'Policy', { repository: imported(), statements: [pull()] });
  const dependent = new CfnResource(stack, 'Dependent', { type: 'Test::Dependent' });
  dependent.node.addDependency(policy);
  Template.fromStack(stack).hasResource('Test::Dependent', { DependsOn: Match.arrayWith([Match.stringLikeRegexp('^EcrPolicy')]) });
});

test('statements that ECR rejects throw, with all problems in one error', () => {
  expect(() => new RepositoryPolicy(stack, 'Policy', {
    repository: imported(),
    statements: [
      pull({ resources: ['*'] }),
      new iam.PolicyStatement({ actions: ['ecr:PutImage', 's3:GetObject'] }),
      pull({ sid: 'not/ok' }),
    ],
  })).toThrow(new RegExp([
    'Stack/Policy: 3 problems',
    '\'statements\\[0\\]\' must not have resources, .*, got: "\\*"',
    '\'statements\\[1\\]\' must have actions of ECR only \\(ecr:…\\), got: s3:GetObject',
    '\'statements\\[2\\]\' must have a Sid of letters, digits, spaces, \'-\', and \'_\', got: "not/ok"',
  ].join('[^]*')));
});

test('a Sid twice, no statement at all, and a policy that is too long', () => {
  const policy = new RepositoryPolicy(stack, 'Policy', { repository: imported(), statements: [pull({ sid: 'A' })] });
  expect(() => policy.addStatements(pull({ sid: 'A', actions: ['ecr:ListImages'] })))
    .toThrow('different statements must have different Sids, got more than one with: "A"');

  new RepositoryPolicy(stack, 'Empty', { repository: imported2() });
  expect(() => app.synth()).toThrow(/'statements' must have at least one statement, got none/);

  function imported2() {
    return Repository.fromRepositoryName(stack, 'Import2', 'team/other');
  }
});

test('a policy that is too long fails at synthesis', () => {
  new RepositoryPolicy(stack, 'Policy', {
    repository: imported(),
    statements: [...Array(12).keys()].map(i =>
      pull({ principals: [...Array(20).keys()].map(j => new iam.ArnPrincipal(`arn:aws:iam::1111111111${10 + i}:role/a-role-${j}`)) })),
  });
  expect(() => app.synth()).toThrow(/would have about \d+ characters, but a repository policy can have 10240 in total/);
});

test('an import of a repository that the app declares by this name is an error', () => {
  new Repository(new Stack(app, 'Owner'), 'Repository', { repositoryName: 'team/shared' });
  new RepositoryPolicy(stack, 'Policy', { repository: imported(), statements: [pull()] });
  expect(() => app.synth()).toThrow(/the app declares it at 'Owner\/Repository\/Resource'\. Set the statements there/);
});

describe('an L1 resource', () => {
  const message = "'repository' must be a construct whose policy can be extended, got the L1 resource 'Stack/Native'. Set its"
    + " 'repositoryPolicyText', or declare it as a Repository";

  test('of the stack cannot be extended: the error says what to do', () => {
    const repository = new ecr.CfnRepository(stack, 'Native');
    expect(() => new RepositoryPolicy(stack, 'Policy', { repository, statements: [pull()] })).toThrow(`Stack/Policy: ${message}`);
  });

  test('that is imported by its own name cannot be extended either', () => {
    const repository = ecr.Repository.fromRepositoryName(stack, 'Import', new ecr.CfnRepository(stack, 'Native').ref);
    expect(() => new RepositoryPolicy(stack, 'Policy', { repository, statements: [pull()] })).toThrow(message);
  });

  test('of another stack is changed by that stack only', () => {
    const repository = new ecr.CfnRepository(new Stack(app, 'Owner'), 'Native');
    expect(() => new RepositoryPolicy(stack, 'Policy', { repository, statements: [pull()] })).toThrow(
      "Stack/Policy: 'repository' belongs to the stack 'Owner', and only that stack can change it. Set the statements there,"
      + " on 'Owner/Native'");
  });
});

test('a construct of another library, which has a name and an ARN only, gets the statements', () => {
  const repository = new ThirdPartyRepository(stack, 'Third');
  new RepositoryPolicy(stack, 'Policy', { repository, statements: [pull()], checkEvery: Duration.hours(1) });
  const arn: unknown = stack.resolve(repository.repositoryRef.repositoryArn);
  const writes = { Action: ['ecr:SetRepositoryPolicy', 'ecr:DeleteRepositoryPolicy'], Resource: arn };
  Template.fromStack(stack).hasResourceProperties('Custom::EcrRepositoryPolicy', { RepositoryArn: arn });
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: { Statement: Match.arrayWith([Match.objectLike(writes)]) },
  });
});
