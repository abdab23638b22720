/**
 * What AWS charges for and how many calls it admits. All prices and published rates of the simulation are here, and nowhere else.
 *
 * Prices are in US dollars, in us-east-1, without free tiers and discounts. They were read in November 2026 in copies of the pages of AWS,
 * and in lists that cite them. The bench does not ask AWS, so check them before you rely on them.
 */
export const PRICES_AS_OF = 'November 2026';

export interface Price {
  readonly dollars: number;
  readonly unit: string;
  readonly source: string;
}

const STEP_FUNCTIONS = 'https://aws.amazon.com/step-functions/pricing/';
const LAMBDA = 'https://aws.amazon.com/lambda/pricing/';
const S3 = 'https://aws.amazon.com/s3/pricing/';
const EVENTBRIDGE = 'https://aws.amazon.com/eventbridge/pricing/';
const CLOUDWATCH = 'https://aws.amazon.com/cloudwatch/pricing/';

const price = (dollars: number, unit: string, source: string): Price => ({ dollars, unit, source });

export const PRICES = {
  stateTransition: price(0.025 / 1_000, 'state transition of a standard workflow', STEP_FUNCTIONS),
  functionRequest: price(0.20 / 1e6, 'request of a function', LAMBDA),
  functionGbSecond: price(0.0000133334, 'GB-second of a function on arm64', LAMBDA),
  s3Write: price(0.005 / 1_000, 'PUT or LIST request, S3 Standard', S3),
  s3Read: price(0.0004 / 1_000, 'GET request, S3 Standard', S3),
  scheduledInvocation: price(1 / 1e6, 'invocation of EventBridge Scheduler', EVENTBRIDGE),
  customEvent: price(1 / 1e6, 'custom event of EventBridge', EVENTBRIDGE),
  /** CloudWatch charges a metric only for the hours with data. This is the price of a whole month. */
  metricMonth: price(0.30, 'custom metric and month, first 10,000', CLOUDWATCH),
} as const satisfies Record<string, Price>;

export type Service = 'ecs' | 'lambda' | 'ecr' | 's3' | 'events' | 'sts' | 'organizations';

/** Calls per second in one account and Region. */
export interface Rate {
  readonly service: Service;
  readonly operation: string;
  readonly perSecond: number;
  readonly burst: number;
}

const ECS_RATES = 'https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html';
const LAMBDA_RATES = 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html';
const ECR_RATES = 'https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html';
export const RATE_SOURCES: readonly string[] = [ECS_RATES, LAMBDA_RATES, ECR_RATES];

/**
 * Operations of one category of ECS share a rate. Here, each has its own, which makes no difference: the collector sends one call after
 * another, so all its calls together are hardly more than the rate of one category.
 */
export const PUBLISHED_RATES: readonly Rate[] = [
  ...['ListClusters', 'DescribeTaskDefinition', 'ListTaskDefinitions', 'DescribeServiceRevisions'].map(operation =>
    ({ service: 'ecs', operation, perSecond: 20, burst: 50 } as const)),
  ...['ListTasks', 'DescribeTasks', 'ListServices', 'DescribeServices'].map(operation =>
    ({ service: 'ecs', operation, perSecond: 20, burst: 100 } as const)),
  { service: 'lambda', operation: 'GetFunction', perSecond: 100, burst: 100 },
  { service: 'lambda', operation: 'ListFunctions', perSecond: 15, burst: 15 },
  { service: 'ecr', operation: 'PutImage', perSecond: 10, burst: 10 },
  { service: 'ecr', operation: 'BatchGetImage', perSecond: 2_000, burst: 2_000 },
];

/** AWS publishes no rate for these operations of ECR. */
export const UNPUBLISHED: readonly string[] = [
  'DescribeImages', 'DescribeRepositories', 'GetLifecyclePolicy', 'BatchDeleteImage',
];
/** A low rate, to show how long a run takes if ECR throttles them. */
export const ASSUMED_RATE = 20;

/** Assumed, because the fakes answer at once and nothing was measured on AWS. */
export const ASSUMED_LATENCY_MS: Readonly<Record<Service, number>> = {
  ecs: 50, lambda: 50, ecr: 50, s3: 30, events: 30, sts: 50, organizations: 50,
};

/** Assumed: loading of the bundle at the start of every call, because hours pass between runs, and the work of its processor. */
export const ASSUMED_START_MS = 1_000;

/** Hours in an average month. */
export const MONTH_HOURS = 730;
