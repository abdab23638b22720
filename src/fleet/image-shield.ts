import { CfnOutput, Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { EnvironmentSelection } from './environment-selection';
import { RepositorySelection } from './repository-selection';
import {
  EVENT_SOURCE, FINDING_DETAIL_TYPE, METRIC_DIMENSION, METRIC_NAMESPACE, METRICS, REPOSITORY_DIMENSION,
} from '../core/shield/findings';
import { DEFAULT_TAG_PREFIX } from '../core/shield/tags';
import { ImageUse } from '../image-use';
import { LifecycleRule } from '../lifecycle-rule';
import { throwProblems } from '../private/problems';
import {
  checkOptions, checkProps, DURATION, FLAG, instanceOf, listOf, PropertyTypes, REPOSITORY, required, TEXT,
} from '../private/property-types';
import { declaredPolicyProblems } from '../private/shield/declared-policies';
import { addPriceInfo, repositoryDimension } from '../private/shield/repository-metrics';
import { shieldName, ShieldPlan, shieldProblems } from '../private/shield/shield-problems';
import { createShield } from '../private/shield/shield-resources';

/**
 * Properties of `ImageShield`.
 *
 * @stability stable
 */
export interface ImageShieldProps {
  /**
   * Repositories whose images are protected. They must be in the account and Region of the stack.
   *
   * Replicas of them that workloads pull from in other accounts and Regions of `environments` are protected too.
   */
  readonly repositories: RepositorySelection;

  /**
   * Services to search for images in use, at least one. An `ImageUse` must have neither `access` nor `region`, because `environments` says
   * where the shield searches.
   */
  readonly usedBy: ImageUse[];

  /**
   * Accounts and Regions to search in addition to those of the stack. Files of `ImageUse.listed` are read only once.
   *
   * A task of Amazon ECS that starts there is protected by the next run, because the shield receives only the events of its own account and
   * Region.
   *
   * @default - only the account and Region of the stack are searched
   */
  readonly environments?: EnvironmentSelection;

  /**
   * IDs of accounts whose images the shield neither protects nor reports, 12 digits each. Name the accounts of others, such as that from
   * which Amazon GuardDuty pulls its agent for a task. Must not contain the account of the stack.
   *
   * @default - an image in use of a selected repository is protected in any registry, or it is a finding
   */
  readonly ignoredRegistries?: string[];

  /**
   * Interval at which the shield searches for images in use, in whole minutes. Must be 1 hour to 1 day.
   *
   * @default Duration.hours(6)
   */
  readonly every?: Duration;

  /**
   * Time for which an image stays protected after it was last seen in use. Must be at least 1 day and at least twice `every`.
   *
   * @default Duration.days(14)
   */
  readonly keepAfterUse?: Duration;

  /**
   * Beginning of the tags that the shield adds to images in use. Must be 1 to 96 characters: letters, digits, '.', '_', and '-'.
   *
   * The shield writes only tags that begin with it, and tags that begin with `was-` and the prefix. Nothing else may write such tags.
   *
   * @default 'in-use-'
   */
  readonly tagPrefix?: string;

  /**
   * Whether each run also sends metrics of single repositories: `ProtectedImages` and `UnprotectedImages` of each selected repository with
   * images that are in use or still protected, and of its replicas in `environments`.
   *
   * CloudWatch charges two custom metrics for each of them: at most $0.60 per month (us-east-1, November 2026). The synthesis prints the
   * price. A run sends the metrics of at most 1,000 repositories, in the order of their names, replicas last. The log of the run has the
   * number of the others.
   *
   * @default false
   * @see https://aws.amazon.com/cloudwatch/pricing/
   */
  readonly repositoryMetrics?: boolean;
}

/**
 * Options of `ImageShield.releasedRule`.
 *
 * @stability stable
 */
export interface ReleasedRuleOptions {
  /**
   * Age at which a released image expires, in whole days since its push. Must be at least 1 day.
   *
   * Amazon ECR cannot count from the release of an image. The time after its last use is `keepAfterUse`.
   */
  readonly sincePush: Duration;
}

const PROPERTY_TYPES: PropertyTypes<ImageShieldProps> = {
  repositories: required(instanceOf('RepositorySelection', 'RepositorySelection.prefixes(\'team/\')')),
  usedBy: required(listOf(instanceOf('ImageUse', 'ImageUse.ecs()'))),
  environments: instanceOf('EnvironmentSelection', 'EnvironmentSelection.of({ region: \'eu-west-1\' })'),
  ignoredRegistries: listOf(TEXT),
  every: DURATION,
  keepAfterUse: DURATION,
  tagPrefix: TEXT,
  repositoryMetrics: FLAG,
};

const DEFAULT_EVERY = Duration.hours(6);
const DEFAULT_KEEP_AFTER_USE = Duration.days(14);

/**
 * Shield for the images that run: lifecycle policies with its `keepRule` do not expire them.
 *
 * The shield regularly searches for images in use and adds a tag that begins with `tagPrefix` to each of them. A task or deployment of
 * Amazon ECS in the account and Region of the stack is protected when it starts. When an image was not seen in use for `keepAfterUse`, the
 * shield adds a tag that begins with `was-` and the prefix, and then removes its first tag. It deletes no image, unless somebody removes a
 * tag with `was-` at the moment of a release.
 *
 * When the stack is deleted, the tags stay.
 *
 * @throws if a property is invalid, or if another shield of the app uses the same tags in an account and Region in which both tag images
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
 *
 * @example
 * const shield = new fleet.ImageShield(this, 'Shield', {
 *   repositories: fleet.RepositorySelection.prefixes('team/'),
 *   usedBy: [ImageUse.ecs(), ImageUse.lambdaFunctions()],
 * });
 *
 * new Repository(this, 'App', {
 *   repositoryName: 'team/app',
 *   lifecycle: LifecyclePolicy.fromRules([shield.keepRule, LifecycleRule.keepNewest(50)]),
 * });
 * @stability stable
 */
export class ImageShield extends Construct {
  /** Lifecycle rule that keeps the images in use. It comes before all other rules of a policy. */
  public readonly keepRule: LifecycleRule;

  /** State machine whose executions are the runs of the shield. */
  public readonly stateMachine: sfn.IStateMachine;

  /**
   * Bucket with the state of the shield and the results of the last 30 days. It is deleted with the stack, because the shield can rebuild
   * the state from its tags.
   */
  public readonly stateBucket: s3.IBucket;

  private readonly name: string;
  private readonly plan: ShieldPlan;

  /**
   * @param scope Scope in which the construct is created.
   * @param id ID of the construct, unique in the scope.
   * @param props Repositories to protect, services to search, and durations.
   */
  constructor(scope: Construct, id: string, props: ImageShieldProps) {
    super(scope, id);
    checkProps(this, props, PROPERTY_TYPES);
    const {
      repositories: { _selected: selected }, every = DEFAULT_EVERY, keepAfterUse = DEFAULT_KEEP_AFTER_USE, tagPrefix = DEFAULT_TAG_PREFIX,
      repositoryMetrics = false, ignoredRegistries = [],
    } = props;
    const users = props.usedBy.map(({ _user }) => _user);
    const environments = props.environments?._selected ?? {};
    this.plan = { selected, users, environments, every, keepAfterUse, tagPrefix, repositoryMetrics, ignoredRegistries };
    throwProblems(this.node.path, shieldProblems(this, this.plan));
    this.name = shieldName(this);
    this.keepRule = LifecycleRule._keepShielded(tagPrefix);
    const { bucket, stateMachine } = createShield(this, { name: this.name, ...this.plan });
    this.stateBucket = bucket;
    this.stateMachine = stateMachine;
    const prefixOption = tagPrefix === DEFAULT_TAG_PREFIX ? '' : ` --tag-prefix ${tagPrefix}`;
    new CfnOutput(this, 'StatusCommand', {
      description: 'Shows which images this shield protects',
      value: `npx cdk-ecr-keeper shield status --bucket ${bucket.bucketName}${prefixOption}`,
    });
    if (repositoryMetrics) addPriceInfo(this, this.plan);
    this.node.addValidation({ validate: () => declaredPolicyProblems(this, selected, tagPrefix) });
  }

  /**
   * Creates a lifecycle rule that expires images after the shield has released them. An image that is in use again is kept by `keepRule`.
   *
   * A released image still has its other tags. To keep an image for another tag, for example a release, put a rule for that tag before this
   * rule.
   *
   * @param options Age of the images.
   */
  public releasedRule(options: ReleasedRuleOptions): LifecycleRule {
    checkOptions<ReleasedRuleOptions>('ImageShield.releasedRule', options, { sincePush: required(DURATION) });
    return LifecycleRule._expireReleased(this.plan.tagPrefix, options.sincePush);
  }

  /**
   * Returns a metric of the shield. All metrics except those of `repositoryMetrics` are totals, and each run sends them.
   *
   * @param metricName Name of the metric, such as `ProtectedImages`.
   * @param props Properties of the metric. The period is `every` and the statistic is the maximum by default.
   */
  public metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { [METRIC_DIMENSION]: this.name },
      period: this.plan.every,
      statistic: cloudwatch.Stats.MAXIMUM,
      ...props,
    }).attachTo(this);
  }

  /**
   * Number of images in use that had their tag at the end of a run. Maximum over a period.
   *
   * An alarm should ignore missing data. `metricHoursSinceSuccess` shows that runs are missing.
   *
   * @param props Properties of the metric.
   */
  public metricProtectedImages(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.protectedImages, props);
  }

  /**
   * Number of images that runs began to protect. Sum over a period.
   *
   * An alarm should treat missing data as not breaching, because the metric is sent only at the end of a run.
   *
   * @param props Properties of the metric.
   */
  public metricNewlyProtectedImages(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.newlyProtectedImages, { statistic: cloudwatch.Stats.SUM, ...props });
  }

  /**
   * Number of images that runs released. Sum over a period.
   *
   * An alarm should treat missing data as not breaching, because the metric is sent only at the end of a run.
   *
   * @param props Properties of the metric.
   */
  public metricReleasedImages(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.releasedImages, { statistic: cloudwatch.Stats.SUM, ...props });
  }

  /**
   * Number of images in use that are not protected. Maximum over a period. The findings of the run contain the reasons.
   *
   * An alarm should ignore missing data, so that it stays in its state until the next run. Alarm at 1 image.
   *
   * @param props Properties of the metric.
   */
  public metricUnprotectedImages(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.unprotectedImages, props);
  }

  /**
   * Number of findings of runs. Sum over a period. `onFinding` receives each finding.
   *
   * An alarm should treat missing data as not breaching, because the metric is sent only at the end of a run.
   *
   * @param props Properties of the metric.
   */
  public metricFindings(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.findings, { statistic: cloudwatch.Stats.SUM, ...props });
  }

  /**
   * Hours since the last run that searched every account and Region and completed every partition of the repositories. Maximum over a
   * period. `metricUnprotectedImages` shows images that a run could not protect.
   *
   * An alarm must treat missing data as breaching, because no data means that no run starts. Use two evaluation periods, because a run
   * does not start at the same time in every period.
   *
   * @param props Properties of the metric.
   */
  public metricHoursSinceSuccess(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.hoursSinceSuccess, props);
  }

  /**
   * Number of images in use of one repository that had their tag at the end of a run. Maximum over a period. Requires `repositoryMetrics`.
   *
   * The number becomes 0 when the shield has released the last image. Later runs send no data until an image of the repository is in use.
   *
   * @param repository Selected repository, or a replica of it in one of the `environments`.
   * @param props Properties of the metric.
   * @throws if `repositoryMetrics` is not true, or if no run sends metrics of the repository
   */
  public metricRepositoryProtectedImages(repository: aws_ecr.IRepositoryRef, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.repositoryMetric(METRICS.protectedImages, repository, props);
  }

  /**
   * Number of images in use of one repository that are not protected. Maximum over a period. Requires `repositoryMetrics`.
   *
   * An alarm should treat missing data as not breaching, because no data means that no image of the repository is in use, or that the run
   * could not work on it, which `metricHoursSinceSuccess` shows. Let 1 of 2 evaluation periods be enough for the alarm, because a run does
   * not end at the same time in every period.
   *
   * @param repository Selected repository, or a replica of it in one of the `environments`.
   * @param props Properties of the metric.
   * @throws if `repositoryMetrics` is not true, or if no run sends metrics of the repository
   */
  public metricRepositoryUnprotectedImages(repository: aws_ecr.IRepositoryRef, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.repositoryMetric(METRICS.unprotectedImages, repository, props);
  }

  /**
   * Creates a rule for the findings of this shield, for example an image in use that has no protection. The detail of an event has the
   * `kind` of the finding and a `message`.
   *
   * @param id ID of the rule, unique in the shield.
   * @param options Target of the rule, and further conditions.
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html
   */
  public onFinding(id: string, options: events.OnEventOptions = {}): events.Rule {
    const { target, crossStackScope, ...rule } = options;
    const finding = new events.Rule(crossStackScope ?? this, id, rule);
    finding.addEventPattern({ source: [EVENT_SOURCE], detailType: [FINDING_DETAIL_TYPE], detail: { shield: [this.name] } });
    finding.addTarget(target);
    return finding;
  }

  private repositoryMetric(
    metricName: string, repository: aws_ecr.IRepositoryRef, props?: cloudwatch.MetricOptions,
  ): cloudwatch.Metric {
    checkOptions(`ImageShield.metricRepository${metricName}`, { repository }, { repository: required(REPOSITORY) });
    const dimension = repositoryDimension(this, this.plan, repository);
    return this.metric(metricName, { dimensionsMap: { [METRIC_DIMENSION]: this.name, [REPOSITORY_DIMENSION]: dimension }, ...props });
  }
}
