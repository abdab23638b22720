import { CfnParameter, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as sns from 'aws-cdk-lib/aws-sns';
import { app, imported, newStackForEachTest, stack } from './construct-scene';
import { flat } from './flat-template';
import { ExistingRepository, FindingSeverity, OnFindingOptions, OnPushOptions, Repository } from '../src';
import { matchesPattern } from './local-eventbridge/event-pattern';
import { SEVERITIES } from '../src/core/scan/severity';

const ACCOUNT = '111111111111';
const REGION = 'eu-west-1';
const NAME = 'team/app';
const DIGEST = 'sha256:7f5b2640fe6fb4f46592dfd3410c4a79dac4f89e4782432e0378abcd12345678';

newStackForEachTest({ env: { account: ACCOUNT, region: REGION } });

const topic = () => new targets.SnsTopic(new sns.Topic(stack, 'Topic'));
const owned = () => new Repository(stack, 'App', { repositoryName: NAME });

/** Returns the pattern of the only rule, with the name that CloudFormation gives to a repository. */
function pattern(): Record<string, unknown> {
  const rules = Object.values(Template.fromStack(stack).findResources('AWS::Events::Rule'));
  expect(rules).toHaveLength(1);
  return JSON.parse(JSON.stringify(flat(rules[0].Properties.EventPattern)).replace(/<App\w*>/g, NAME)) as Record<string, unknown>;
}

/** Event of a push, as in https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html */
function pushed(detail: object = {}): Record<string, unknown> {
  return {
    'version': '0',
    'id': '13cde686-328b-6117-af20-0e5566167482',
    'detail-type': 'ECR Image Action',
    'source': 'aws.ecr',
    'account': ACCOUNT,
    'time': '2026-11-16T01:54:34Z',
    'region': REGION,
    'resources': [],
    'detail': {
      'result': 'SUCCESS', 'repository-name': NAME, 'image-digest': DIGEST, 'action-type': 'PUSH', 'image-tag': 'latest', ...detail,
    },
  };
}

/** Event of a basic scan, of the same page. */
function scanned(counts: object, detail: object = {}): Record<string, unknown> {
  return {
    'version': '0',
    'id': '85fc3613-e913-7fc4-a80c-a3753e4aa9ae',
    'detail-type': 'ECR Image Scan',
    'source': 'aws.ecr',
    'account': ACCOUNT,
    'time': '2026-10-29T02:36:48Z',
    'region': REGION,
    'resources': [`arn:aws:ecr:${REGION}:${ACCOUNT}:repository/${NAME}`],
    'detail': {
      'scan-status': 'COMPLETE',
      'repository-name': NAME,
      'finding-severity-counts': counts,
      'image-digest': DIGEST,
      'image-tags': ['v1'],
      ...detail,
    },
  };
}

/** Event of Inspector, as in https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced-events.html */
function found(severity: string, detail: object = {}, image: object = {}): Record<string, unknown> {
  return {
    'version': '0',
    'id': '42dbea55-45ad-b2b4-87a8-afa000000000',
    'detail-type': 'Inspector2 Finding',
    'source': 'aws.inspector2',
    'account': ACCOUNT,
    'time': '2026-12-03T18:02:30Z',
    'region': REGION,
    'resources': [`arn:aws:ecr:${REGION}:${ACCOUNT}:repository/${NAME}/${DIGEST}`],
    'detail': {
      awsAccountId: ACCOUNT,
      findingArn: `arn:aws:inspector2:${REGION}:${ACCOUNT}:finding/be674aaddd0f75ac632055`,
      inspectorScore: 6.5,
      resources: [{
        details: {
          awsEcrContainerImage: {
            architecture: 'amd64', imageHash: DIGEST, imageTags: ['v1', 'latest'], registry: ACCOUNT, repositoryName: NAME, ...image,
          },
        },
        id: `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/${NAME}/${DIGEST}`,
        partition: 'N/A',
        region: 'N/A',
        type: 'AWS_ECR_CONTAINER_IMAGE',
      }],
      severity,
      status: 'ACTIVE',
      title: 'CVE-2019-17498 - libssh2',
      type: 'PACKAGE_VULNERABILITY',
      ...detail,
    },
  };
}

describe('onPush', () => {
  const { 'image-tag': _tag, ...untagged } = pushed().detail as Record<string, unknown>;

  test.each<[string, OnPushOptions, Record<string, unknown>, boolean]>([
    ['a tagged image', {}, pushed(), true],
    ['an image without a tag', {}, { ...pushed(), detail: untagged }, true],
    ['an image with an empty tag', {}, pushed({ 'image-tag': '' }), true],
    ['a deletion', {}, pushed({ 'action-type': 'DELETE' }), false],
    ['an archived image', {}, pushed({ 'action-type': 'UPDATE_STORAGE_CLASS' }), false],
    ['a push that failed', {}, pushed({ result: 'FAILURE' }), false],
    ['a push to another repository', {}, pushed({ 'repository-name': 'team/app2' }), false],
    ['a scan', {}, scanned({ HIGH: 1 }), false],
    ['the keep tag of a shield', {}, pushed({ 'image-tag': 'in-use-7f5b2640fe6f' }), false],
    ['the tag of an image that a shield released', {}, pushed({ 'image-tag': 'was-in-use-7f5b2640fe6f' }), false],
    ['a tag that holds an image', {}, pushed({ 'image-tag': 'cdk-ecr-keeper-hold-Tags-abc-1' }), false],
    ['the keep tag of another shield', { ignoredTagPrefixes: ['run-'] }, pushed({ 'image-tag': 'run-7f5b2640fe6f' }), false],
    ['the default keep tag if another is ignored', { ignoredTagPrefixes: ['run-'] }, pushed({ 'image-tag': 'in-use-1' }), true],
    ['any tag if none is ignored', { ignoredTagPrefixes: [] }, pushed({ 'image-tag': 'in-use-1' }), true],
    ['a tag that holds an image, if none is ignored', { ignoredTagPrefixes: [] }, pushed({ 'image-tag': 'cdk-ecr-keeper-hold-1' }), false],
    ['a tag of the list', { imageTags: ['latest', 'prod'] }, pushed(), true],
    ['no tag of the list', { imageTags: ['prod'] }, pushed(), false],
    ['a pattern', { imageTags: ['v*'] }, pushed({ 'image-tag': 'v1.2' }), true],
    ['no pattern', { imageTags: ['v*'] }, pushed(), false],
    ['a pattern with wildcards in a row', { imageTags: ['**test'] }, pushed({ 'image-tag': 'latest' }), true],
    ['the beginning of a tag', { imageTags: ['lat*', '*x'] }, pushed(), true],
    ['the end of a tag', { imageTags: ['x*', '*est'] }, pushed(), true],
    ['any tag', { imageTags: ['*'] }, pushed(), true],
    ['any tag, without one', { imageTags: ['*'] }, { ...pushed(), detail: untagged }, false],
    ['a pattern in the middle', { imageTags: ['l*te*t'] }, pushed(), true],
    ['no tag, if tags are listed', { imageTags: ['v*'] }, { ...pushed(), detail: untagged }, false],
    ['another digest than that of a further condition', { eventPattern: { detail: { 'image-digest': ['sha256:1'] } } }, pushed(), false],
  ])('matches what is pushed to the repository, as far as the options say: %s', (_what, options, event, expected) => {
    owned().onPush('Push', options);
    expect(matchesPattern(pattern(), event)).toBe(expected);
  });

  it('sends the events of a repository with a generated name to a topic, and returns the rule', () => {
    const rule = new Repository(stack, 'App').onPush('Push', { target: topic(), ruleName: 'pushes', description: 'what is pushed' });
    expect(rule).toBeInstanceOf(events.Rule);
    expect(matchesPattern(pattern(), pushed())).toBe(true);
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      Name: 'pushes', Description: 'what is pushed', Targets: [{ Id: 'Target0' }],
    });
  });

  it('works for an import whose name is known only at deployment', () => {
    const repositoryName = new CfnParameter(stack, 'AppName').valueAsString;
    ExistingRepository.fromRepositoryName(stack, 'Import', repositoryName).onPush('Push');
    expect(matchesPattern(pattern(), pushed())).toBe(true);
  });
});

describe('onFinding', () => {
  test.each<[string, OnFindingOptions, Record<string, unknown>, boolean]>([
    ['a basic scan with a finding of high severity', {}, scanned({ HIGH: 3, LOW: 1 }), true],
    ['a basic scan with a finding of critical severity', {}, scanned({ CRITICAL: 1 }), true],
    ['a basic scan with findings of lower severities', {}, scanned({ MEDIUM: 9, LOW: 9, INFORMATIONAL: 9, UNDEFINED: 9 }), false],
    ['a basic scan without findings', {}, scanned({}), false],
    ['a basic scan that counts 0', {}, scanned({ HIGH: 0 }), false],
    ['a basic scan that failed', {}, scanned({ HIGH: 1 }, { 'scan-status': 'FAILED' }), false],
    ['a basic scan of another repository', {}, scanned({ HIGH: 1 }, { 'repository-name': 'team/app2' }), false],
    ['a finding of Inspector', {}, found('HIGH'), true],
    ['a critical finding of Inspector', {}, found('CRITICAL'), true],
    ['a finding of Inspector with a lower severity', {}, found('MEDIUM'), false],
    ['a finding of Inspector that was closed', {}, found('HIGH', { status: 'CLOSED' }), false],
    ['a finding of Inspector that is suppressed', {}, found('HIGH', { status: 'SUPPRESSED' }), false],
    ['a finding of Inspector in another repository', {}, found('HIGH', {}, { repositoryName: 'team/app2' }), false],
    ['a finding of Inspector in another account of the organization', {}, found('HIGH', { awsAccountId: '222222222222' }), false],
    ['a finding of Inspector in a function', {}, found('HIGH', { resources: [{ type: 'AWS_LAMBDA_FUNCTION', details: {} }] }), false],
    ['the first scan by Inspector, which has no finding', {}, {
      ...scanned({ HIGH: 1 }, { 'scan-status': 'INITIAL_SCAN_COMPLETE' }), 'source': 'aws.inspector2', 'detail-type': 'Inspector2 Scan',
    }, false],
    ['a push', {}, pushed(), false],
    ['only critical, in a basic scan with it', { minimumSeverity: FindingSeverity.CRITICAL }, scanned({ CRITICAL: 1 }), true],
    ['only critical, in a basic scan with a high one', { minimumSeverity: FindingSeverity.CRITICAL }, scanned({ HIGH: 1 }), false],
    ['only critical, in a high one of Inspector', { minimumSeverity: FindingSeverity.CRITICAL }, found('HIGH'), false],
    ['medium or higher, in a basic scan', { minimumSeverity: FindingSeverity.MEDIUM }, scanned({ MEDIUM: 1 }), true],
    ['informational or higher, in one of Inspector', { minimumSeverity: FindingSeverity.INFORMATIONAL }, found('INFORMATIONAL'), true],
    ['informational or higher, without a severity', { minimumSeverity: FindingSeverity.INFORMATIONAL }, found('UNTRIAGED'), false],
    ['all, in one of Inspector without a severity', { minimumSeverity: FindingSeverity.UNTRIAGED }, found('UNTRIAGED'), true],
    ['all, in a basic scan without a severity', { minimumSeverity: FindingSeverity.UNTRIAGED }, scanned({ UNDEFINED: 1 }), true],
    ['a listed tag, in a basic scan', { imageTags: ['v*'] }, scanned({ HIGH: 1 }), true],
    ['another tag, in a basic scan', { imageTags: ['prod'] }, scanned({ HIGH: 1 }), false],
    ['a listed tag, in one of Inspector', { imageTags: ['prod', 'latest'] }, found('HIGH'), true],
    ['another tag, in one of Inspector', { imageTags: ['prod'] }, found('HIGH'), false],
  ])('matches findings of both kinds of scans, as far as the options say: %s', (_what, options, event, expected) => {
    owned().onFinding('Finding', options);
    expect(matchesPattern(pattern(), event)).toBe(expected);
  });

  it('works for a repository with a generated name, and for an import of the same account and Region', () => {
    const other = new Stack(app, 'Other', { env: { account: ACCOUNT, region: REGION } });
    imported({ name: NAME }, other).onFinding('Finding');
    new Repository(stack, 'App').onFinding('Finding', { target: topic() });
    expect(matchesPattern(pattern(), found('HIGH'))).toBe(true);
    const [rule] = Object.values(Template.fromStack(other).findResources('AWS::Events::Rule'));
    expect(matchesPattern(rule.Properties.EventPattern, scanned({ HIGH: 1 }))).toBe(true);
  });

  it('has a pattern within the limit of 2,048 characters for the longest name', () => {
    new Repository(stack, 'App', { repositoryName: 'a'.repeat(256) }).onFinding('Finding', { minimumSeverity: FindingSeverity.UNTRIAGED });
    expect(JSON.stringify(pattern()).length).toBeLessThan(2_048);
  });

  it('takes the severities that the library knows', () => {
    expect(Object.values(FindingSeverity)).toEqual([...SEVERITIES]);
  });
});

describe.each(['onPush', 'onFinding'] as const)('%s', method => {
  test.each<[string, object]>([['account', { account: '222222222222' }], ['Region', { region: 'us-east-1' }]])(
    'throws for a repository in another %s, whose events the stack never gets', (_what, place) => {
      const { account = ACCOUNT, region = REGION } = place as { account?: string; region?: string };
      expect(() => imported(place)[method]('Rule')).toThrow('Stack/Import/Rule: the events of the repository are sent only in its account'
        + ` and Region (${account}, ${region}), but the rule would be in (${ACCOUNT}, ${REGION}).`);
    });

  it('puts the rule into the stack of crossStackScope, if the target is in another stack', () => {
    const other = new Stack(app, 'Other', { env: { account: ACCOUNT, region: REGION } });
    imported({ name: NAME })[method]('Rule', { crossStackScope: other, target: new targets.SnsTopic(new sns.Topic(other, 'Topic')) });
    Template.fromStack(other).resourceCountIs('AWS::Events::Rule', 1);
    Template.fromStack(stack).resourceCountIs('AWS::Events::Rule', 0);
  });

  test.each<[string, object, string]>([
    ['an empty list of tags', { imageTags: [] }, '\'imageTags\' must have at least one tag, got none'],
    ['patterns that are too complex', { imageTags: ['*a*', '*b*', '*c*', '*d*', 'e*', '*f'] },
      '\'imageTags\' must have at most 6 wildcards, because EventBridge rejects a rule that is too complex, got: 8.'],
    ['a tag with five wildcards', { imageTags: ['*a*b*c*d*'] }, '\'imageTags[0]\''],
    ['a condition on the source', { eventPattern: { source: ['aws.s3'] } }, '\'eventPattern.source\' must not be set'],
  ])('throws for %s', (_what, options, message) => {
    expect(() => owned()[method]('Rule', options)).toThrow(message);
  });
});

test('onPush throws for a condition that it sets itself, which would otherwise select more events', () => {
  expect(() => owned().onPush('Rule', { eventPattern: { detail: { 'image-tag': ['v1'], 'image-digest': [DIGEST] } } }))
    .toThrow('Stack/App/Rule: \'eventPattern.detail.image-tag\' must not be set, because the rule sets it already.');
  expect(() => imported().onPush('Rule', { imageTags: ['v1'], ignoredTagPrefixes: ['in-use-'] }))
    .toThrow('\'ignoredTagPrefixes\' must not be combined with \'imageTags\', which alone select the tags');
});

describe('metricPullCount', () => {
  it('is the sum of the pulls of the repository', () => {
    const { namespace, metricName, statistic, dimensions } = owned().metricPullCount();
    expect([namespace, metricName, statistic]).toEqual(['AWS/ECR', 'RepositoryPullCount', 'Sum']);
    expect(stack.resolve(dimensions)).toEqual({ RepositoryName: { Ref: expect.stringMatching(/^App/) } });
  });

  it('takes properties, and becomes an alarm', () => {
    owned().metricPullCount({ statistic: 'Maximum' }).createAlarm(stack, 'Unused', { threshold: 1, evaluationPeriods: 1 });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'AWS/ECR', MetricName: 'RepositoryPullCount', Statistic: 'Maximum', Period: 300,
    });
  });

  it('has the account and Region of an import', () => {
    const here = imported().metricPullCount();
    expect([here.account, here.region, here.dimensions]).toEqual([ACCOUNT, REGION, { RepositoryName: 'team/shared' }]);
    const there = imported({ id: 'There', account: '222222222222', region: 'us-east-1' }).metricPullCount();
    expect([there.account, there.region]).toEqual(['222222222222', 'us-east-1']);
    expect(() => there.createAlarm(stack, 'Alarm', { threshold: 1, evaluationPeriods: 1 })).toThrow('us-east-1');
  });

  it('has no account and Region in a stack that does not know its own', () => {
    const agnostic = new Stack(app, 'Agnostic');
    const { account, region } = new Repository(agnostic, 'App').metricPullCount();
    expect([account, region]).toEqual([undefined, undefined]);
  });
});
