import { whyNotRun } from './refusals';
import { Names, TAG_KEY } from '../names';
import { NotHere } from '../place';

const names = new Names('ecrkeeper-0123abcd-7-');
const ARN = 'arn:aws:ecr:us-east-1:111111111111:repository/';
const TAG = { key: TAG_KEY, value: 'ecrkeeper-0123abcd' };

const template = (Resources: object) => JSON.parse(names.template(JSON.stringify({ Resources }))) as { Resources: Record<string, any> };

describe('a prefix', () => {
  test('is added to every name in a template', () => {
    const { Resources } = template({
      App: { Type: 'AWS::ECR::Repository', Properties: { RepositoryName: 'team/app' } },
      Logs: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/bystander' } },
      Cache: { Type: 'Custom::EcrPrefixTeardown', Properties: { Prefix: 'cache/docker-hub/' } },
      Policy: { Type: 'AWS::IAM::Policy', Properties: { Resource: [`${ARN}team/app`, `${ARN}*`] } },
    });
    expect(Object.values(Resources).map(({ Properties }) => Properties)).toEqual([
      { RepositoryName: 'ecrkeeper-0123abcd-7-team/app' },
      { LogGroupName: '/ecrkeeper-0123abcd-7-bystander' },
      { Prefix: 'ecrkeeper-0123abcd-7-cache/docker-hub/' },
      { Resource: [`${ARN}ecrkeeper-0123abcd-7-team/app`, `${ARN}*`] },
    ]);
  });

  test('is required: a template with another name is not deployed', () => {
    expect(() => template({ App: { Type: 'AWS::ECR::Repository', Properties: { RepositoryName: 'production/app' } } }))
      .toThrow(/^the RepositoryName 'production\/app' of App does not start with ecrkeeper-0123abcd-7-$/);
    expect(() => template({ Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'admin' } } })).toThrow(/^the RoleName 'admin' of Role/);
    expect(() => template({ Own: { Type: 'Custom::X', Properties: { Arn: `${ARN}production/app` } } }))
      .toThrow(/names repositories that do not start with ecrkeeper-0123abcd-7-: :repository\/production\/app$/);
  });

  test('is added once to each name in a command', () => {
    expect(names.command(`aws ecr tag-resource --resource-arn ${ARN}team/app --tags Key=a,Value=b`))
      .toBe(`aws ecr tag-resource --resource-arn ${ARN}ecrkeeper-0123abcd-7-team/app --tags Key=a,Value=b`);
    expect(names.command('aws ecr delete-repository --repository-name team/app'))
      .toBe('aws ecr delete-repository --repository-name ecrkeeper-0123abcd-7-team/app');
    expect(names.command('aws cloudformation delete-stack --stack-name Test --retain-resources App'))
      .toBe('aws cloudformation delete-stack --stack-name ecrkeeper-0123abcd-7-Test --retain-resources App');
    expect(names.command('logs filter-log-events --log-group-name /aws/cloudformation/Test/Logs'))
      .toBe('logs filter-log-events --log-group-name /aws/cloudformation/ecrkeeper-0123abcd-7-Test/Logs');
    expect(names.command('npx cdk-ecr-keeper adopt adopted/former')).toBe('npx cdk-ecr-keeper adopt ecrkeeper-0123abcd-7-adopted/former');
  });

  test('and the tag are added to the requests of the SDK', () => {
    expect(names.request({ repositoryName: 'team/app', tags: [] }, TAG))
      .toEqual({ repositoryName: 'ecrkeeper-0123abcd-7-team/app', tags: [{ Key: TAG_KEY, Value: 'ecrkeeper-0123abcd' }] });
    expect(names.request({ StackName: 'Test', Capabilities: [] }, TAG))
      .toEqual({ StackName: 'ecrkeeper-0123abcd-7-Test', Capabilities: [], Tags: [{ Key: TAG_KEY, Value: 'ecrkeeper-0123abcd' }] });
    expect(names.request({ StackName: 'arn:aws:cloudformation:us-east-1:111111111111:stack/Test/uuid' }, TAG))
      .toEqual({ StackName: 'arn:aws:cloudformation:us-east-1:111111111111:stack/ecrkeeper-0123abcd-7-Test/uuid' });
    expect(names.request({ resourceArn: `${ARN}team/app`, tags: [] }, TAG))
      .toEqual({ resourceArn: `${ARN}ecrkeeper-0123abcd-7-team/app`, tags: [] });
  });

  test('is removed from responses, with the tag and everything of others', () => {
    expect(names.response({
      repositories: ['ecrkeeper-0123abcd-7-team/app', 'ecrkeeper-0123abcd-8-team/app', 'team/app']
        .map(repositoryName => ({ repositoryName })),
      tags: [{ Key: TAG_KEY, Value: 'ecrkeeper-0123abcd' }, { Key: 'stage', Value: 'test' }],
      at: new Date(0),
    })).toEqual({ repositories: [{ repositoryName: 'team/app' }], tags: [{ Key: 'stage', Value: 'test' }], at: new Date(0) });
  });
});

describe('a scene was not run', () => {
  const named = (name: string, message: string) => Object.assign(new Error(message), { name });

  test.each([
    ['it needs another place', new NotHere('needs a second account'), 'needs a second account'],
    ['the user may not do this', named('AccessDeniedException', 'not authorized to perform: ecr:CreateRepository'),
      'AccessDeniedException: not authorized to perform: ecr:CreateRepository'],
    ['a quota is reached', named('LimitExceededException', 'too many repositories'), 'LimitExceededException: too many repositories'],
    ['a policy of the organization denies a call of our function', new Error('deploy Test ended with CREATE_FAILED.\n'
      + '  not authorized to perform ecr:TagResource with an explicit deny in a service control policy'),
    'not authorized to perform ecr:TagResource with an explicit deny in a service control policy'],
    ['an operation timed out', new Error('deploy Test timed out after 900 s with the status CREATE_IN_PROGRESS.'),
      'deploy Test timed out after 900 s with the status CREATE_IN_PROGRESS.'],
  ])('if %s', (_, error, reason) => expect(whyNotRun(error)).toBe(reason));

  test('and failed if the permissions of a function are insufficient', () => {
    const error = new Error('deploy Test ended with CREATE_FAILED.\n  AccessDeniedException: not authorized to perform: ecr:TagResource');
    expect(whyNotRun(error)).toBeUndefined();
  });
});
