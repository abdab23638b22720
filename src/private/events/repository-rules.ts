import { Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as events from 'aws-cdk-lib/aws-events';
import { checkRuleOptions, eventRule } from './event-rule';
import { BASIC_SCAN, findingDetail, INSPECTOR_FINDING } from '../../core/events/finding';
import { MAX_WILDCARDS_OF_FIELD, tagMatchers, wildcardCount } from '../../core/events/matchers';
import { IMAGE_ACTION, pushDetail } from '../../core/events/push';
import { SEVERITIES, Severity } from '../../core/scan/severity';
import { tagPatternProblems } from '../guards';
import { throwProblems } from '../problems';
import { listOf, oneOf, TEXT } from '../property-types';
import { isKnownToDiffer } from '../repository/unowned-repository';

interface TagOptions {
  readonly imageTags?: string[];
}

export interface PushOptions extends events.OnEventOptions, TagOptions {
  readonly ignoredTagPrefixes?: string[];
}

export interface FindingOptions extends events.OnEventOptions, TagOptions {
  readonly minimumSeverity?: string;
}

/** Severity from which a finding sends an event. */
export const DEFAULT_SEVERITY: Severity = 'HIGH';

const SEVERITY = oneOf('FindingSeverity', Object.fromEntries(SEVERITIES.map(severity => [severity, severity])));

/** Creates a rule for the images that are pushed. */
export function pushRule(repository: ecr.RepositoryBase, id: string, options: PushOptions): events.Rule {
  checkRuleOptions<TagOptions & Pick<PushOptions, 'ignoredTagPrefixes'>>(`${repository.node.path}.onPush`, options, {
    imageTags: listOf(TEXT), ignoredTagPrefixes: listOf(TEXT),
  });
  const { imageTags, ignoredTagPrefixes, ...rule } = options;
  throwProblems(`${repository.node.path}/${id}`, [
    ...environmentProblems(repository, options),
    ...tagProblems(options),
    ...imageTags && ignoredTagPrefixes
      ? ['\'ignoredTagPrefixes\' must not be combined with \'imageTags\', which alone select the tags'] : [],
  ]);
  const { repositoryName } = repository;
  return eventRule(repository, id, rule, {
    source: [IMAGE_ACTION.source],
    detailType: [IMAGE_ACTION.detailType],
    detail: pushDetail({ repositoryName, imageTags, ignoredTagPrefixes }),
  });
}

/** Creates a rule for the findings of basic scans and of Amazon Inspector. */
export function findingRule(repository: ecr.RepositoryBase, id: string, options: FindingOptions): events.Rule {
  checkRuleOptions<TagOptions & Pick<FindingOptions, 'minimumSeverity'>>(`${repository.node.path}.onFinding`, options, {
    imageTags: listOf(TEXT), minimumSeverity: SEVERITY,
  });
  const { imageTags, minimumSeverity = DEFAULT_SEVERITY, ...rule } = options;
  throwProblems(`${repository.node.path}/${id}`, [...environmentProblems(repository, options), ...tagProblems(options)]);
  const { repositoryName, env: { account } } = repository;
  return eventRule(repository, id, rule, {
    source: [BASIC_SCAN.source, INSPECTOR_FINDING.source],
    detailType: [BASIC_SCAN.detailType, INSPECTOR_FINDING.detailType],
    detail: findingDetail({ repositoryName, account, minimumSeverity: minimumSeverity as Severity, imageTags }),
  });
}

/**
 * Returns the number of pulls, the only metric that ECR sends.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-repository-metrics.html
 */
export function pullCountMetric(repository: ecr.RepositoryBase, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
  const stack = Stack.of(repository);
  const { account, region } = repository.env;
  return new cloudwatch.Metric({
    namespace: 'AWS/ECR',
    metricName: 'RepositoryPullCount',
    dimensionsMap: { RepositoryName: repository.repositoryName },
    statistic: cloudwatch.Stats.SUM,
    ...isKnownToDiffer(account, stack.account) ? { account } : {},
    ...isKnownToDiffer(region, stack.region) ? { region } : {},
    ...props,
  }).attachTo(repository);
}

/** Services send events to the bus of the account and Region of the resource, so a rule of another stack would never match. */
function environmentProblems({ env, stack: own }: ecr.RepositoryBase, { crossStackScope }: events.OnEventOptions): string[] {
  const stack = crossStackScope ? Stack.of(crossStackScope) : own;
  if (!isKnownToDiffer(env.account, stack.account) && !isKnownToDiffer(env.region, stack.region)) return [];
  return [
    `the events of the repository are sent only in its account and Region (${env.account}, ${env.region}), but the rule would be in`
    + ` (${stack.account}, ${stack.region}). Import the repository in a stack of its account and Region, and create the rule there`,
  ];
}

function tagProblems({ imageTags }: TagOptions): string[] {
  return [
    ...imageTags?.length === 0 ? ['\'imageTags\' must have at least one tag, got none. Omit it to select all tags'] : [],
    ...tagPatternProblems('imageTags', imageTags),
    ...wildcardProblems(imageTags),
  ];
}

function wildcardProblems(imageTags: readonly string[] = []): string[] {
  const count = Token.isUnresolved(imageTags) ? 0 : wildcardCount(tagMatchers(imageTags));
  return count <= MAX_WILDCARDS_OF_FIELD ? [] : [
    `'imageTags' must have at most ${MAX_WILDCARDS_OF_FIELD} wildcards, because EventBridge rejects a rule that is too complex, got:`
    + ` ${count}. Tags with a single wildcard at their beginning or end do not count`,
  ];
}
