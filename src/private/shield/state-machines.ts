import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import type { ShieldFunctions } from './shield-functions';
import type { EnvironmentPlan } from '../../core/shield/environments';
import { environmentsKey, STATE_PREFIX } from '../../core/shield/keys';
import { ShieldSettings, STEP_RETRIES } from '../../core/shield/settings';

/** Number of environments that are searched at a time. The API limits of each environment apply to it alone. */
const ENVIRONMENTS_AT_A_TIME = 40;

/** Number of partitions that are protected at a time. All partitions of a registry share its API limits. */
const PARTITIONS_AT_A_TIME = 20;

/** The next run would start at the latest a day after this one. */
const RUN_TIMEOUT = Duration.days(1);

/** Longer than the longest function, so that Lambda reports its end. */
const TASK_TIMEOUT = sfn.Timeout.duration(Duration.minutes(16));

interface RunPlan {
  readonly functions: ShieldFunctions;
  readonly bucket: s3.IBucket;
  readonly settings: ShieldSettings;
  readonly search: EnvironmentPlan;
}

// The state of a run holds the settings and what Begin returned. The maps pass both to their children, whose executions have other names.
const SETTINGS = sfn.JsonPath.objectAt('$.settings');
const RUN = sfn.JsonPath.stringAt('$$.Execution.Name');
const STARTED_AT = sfn.JsonPath.stringAt('$.begin.startedAt');
/** The same values in a child of a map. */
const OF_CHILD = { settings: SETTINGS, run: sfn.JsonPath.stringAt('$.run'), startedAt: sfn.JsonPath.stringAt('$.startedAt') };
const TO_CHILD = { settings: SETTINGS, run: RUN, startedAt: STARTED_AT };
const FAILURE = { error: sfn.JsonPath.stringAt('$.failure.Error'), cause: sfn.JsonPath.stringAt('$.failure.Cause') };

/**
 * Returns the state machine of the runs. Its children output nothing, because the outputs of all children of a map together must not
 * exceed 256 KiB. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
export function createRunMachine(scope: Construct, plan: RunPlan): sfn.StateMachine {
  const { functions: { report }, settings, search: environments } = plan;
  const read = new sfn.Pass(scope, 'Settings', {
    comment: 'Settings of the shield, and which accounts and Regions it searches',
    result: sfn.Result.fromObject({ settings, environments }),
  });
  const begin = invoke(scope, 'Begin', report, {
    comment: 'Checks whether the shield is stopped, and writes the list of the accounts and Regions to search',
    payload: { action: 'begin', settings: SETTINGS, environments: sfn.JsonPath.objectAt('$.environments'), run: RUN },
    resultSelector: {
      stopped: sfn.JsonPath.objectAt('$.Payload.stopped'),
      startedAt: sfn.JsonPath.stringAt('$.Payload.startedAt'),
      environments: sfn.JsonPath.numberAt('$.Payload.environments'),
    },
    resultPath: '$.begin',
  });
  const stopped = new sfn.Succeed(scope, 'Stopped', { comment: 'The shield is stopped. Nothing was changed' });
  const end = invoke(scope, 'End', report, {
    comment: 'Sends the metrics and the findings of the run',
    payload: { action: 'end', settings: SETTINGS, run: RUN, startedAt: STARTED_AT },
    outputPath: '$.Payload',
  });
  const run = searchEnvironments(scope, plan).next(protectImages(scope, plan)).next(end);
  const choice = new sfn.Choice(scope, 'IsStopped')
    .when(sfn.Condition.booleanEquals('$.begin.stopped', true), stopped)
    .otherwise(run);
  return new sfn.StateMachine(scope, 'StateMachine', {
    comment: 'Run of an image shield of cdk-ecr-keeper: finds the images in use, and adds or removes the tags that keep them',
    definitionBody: sfn.DefinitionBody.fromChainable(read.next(begin).next(choice)),
    role: createRole(scope),
    timeout: RUN_TIMEOUT,
  });
}

/** Returns the state machine that protects the images of a task or a deployment before the next run. */
export function createEventMachine(scope: Construct, protect: lambda.Function, settings: ShieldSettings): sfn.StateMachine {
  const definition = invoke(scope, 'ProtectFromEvent', protect, {
    comment: 'Protects the images of an ECS task or deployment that just started',
    payload: { settings, event: sfn.JsonPath.entirePayload },
    outputPath: '$.Payload',
  });
  return new sfn.StateMachine(scope, 'StateMachine', {
    comment: 'Protects the images of an ECS task or deployment before the next run of an image shield of cdk-ecr-keeper',
    definitionBody: sfn.DefinitionBody.fromChainable(definition),
    role: createRole(scope),
    timeout: Duration.hours(1),
  });
}

/**
 * Newer versions of aws-cdk-lib add the same conditions by themselves.
 * https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
 */
function createRole(scope: Construct): iam.Role {
  const stack = Stack.of(scope);
  const machines = `${stack.formatArn({ service: 'states', resource: 'stateMachine' })}:*`;
  return new iam.Role(scope, 'Role', {
    assumedBy: new iam.ServicePrincipal('states.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account }, ArnLike: { 'aws:SourceArn': machines } },
    }),
  });
}

function searchEnvironments(scope: Construct, { functions: { collect, report }, bucket }: RunPlan): sfn.DistributedMap {
  const environment = sfn.JsonPath.objectAt('$.environment');
  const search = invoke(scope, 'Collect', collect, {
    comment: 'Finds the images in use in one account and Region',
    payload: { ...OF_CHILD, environment, retries: sfn.JsonPath.numberAt('$$.State.RetryCount') },
    outputPath: sfn.JsonPath.DISCARD,
  });
  search.addCatch(invoke(scope, 'ReportFailedEnvironment', report, {
    comment: 'The search failed. What was last seen in this account and Region stays protected',
    payload: {
      action: 'failed',
      settings: OF_CHILD.settings,
      run: OF_CHILD.run,
      environment: sfn.JsonPath.format(
        '{}/{}', sfn.JsonPath.stringAt('$.environment.account'), sfn.JsonPath.stringAt('$.environment.region'),
      ),
      ...FAILURE,
    },
    outputPath: sfn.JsonPath.DISCARD,
  }), { resultPath: '$.failure' });
  return new sfn.DistributedMap(scope, 'SearchEnvironments', {
    comment: 'One child for each account and Region where images run',
    label: 'SearchEnvironments',
    itemReader: new EnvironmentsReader({ bucket, key: sfn.JsonPath.format(environmentsKey('{}'), RUN) }),
    itemSelector: { ...TO_CHILD, environment: sfn.JsonPath.objectAt('$$.Map.Item.Value') },
    maxConcurrency: ENVIRONMENTS_AT_A_TIME,
    toleratedFailurePercentage: 100, // a child reports its failure, which releases nothing
    resultPath: sfn.JsonPath.DISCARD,
  }).itemProcessor(search);
}

/** For a key that is known only in an execution, the CDK would allow reading all objects of the bucket. */
class EnvironmentsReader extends sfn.S3JsonItemReader {
  public providePolicyStatements(): iam.PolicyStatement[] {
    return [new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [this.bucket.arnForObjects(environmentsKey('*'))] })];
  }
}

function protectImages(scope: Construct, { functions: { protect, report }, bucket }: RunPlan): sfn.DistributedMap {
  const key = sfn.JsonPath.stringAt('$.key');
  const work = invoke(scope, 'Protect', protect, {
    comment: 'Adds the tags of images in use, and removes those of images that are no longer used',
    payload: { ...OF_CHILD, key },
    resultSelector: { more: sfn.JsonPath.objectAt('$.Payload.more') },
    resultPath: '$.result',
  });
  work.addCatch(invoke(scope, 'ReportFailedPartition', report, {
    comment: 'This partition failed. The next run continues',
    payload: { action: 'failed', settings: OF_CHILD.settings, run: OF_CHILD.run, key, ...FAILURE },
    outputPath: sfn.JsonPath.DISCARD,
  }), { resultPath: '$.failure' });
  const done = new sfn.Succeed(scope, 'PartitionDone', { outputPath: sfn.JsonPath.DISCARD });
  const processor = work.next(new sfn.Choice(scope, 'IsMoreLeft', { comment: 'A function ends after 15 minutes at the latest' })
    .when(sfn.Condition.booleanEquals('$.result.more', true), work)
    .otherwise(done));
  return new sfn.DistributedMap(scope, 'ProtectImages', {
    comment: 'One child for each partition of the repositories',
    label: 'ProtectImages',
    itemReader: new sfn.S3ObjectsItemReader({ bucket, prefix: STATE_PREFIX }),
    itemSelector: { ...TO_CHILD, key: sfn.JsonPath.stringAt('$$.Map.Item.Value.Key') },
    maxConcurrency: PARTITIONS_AT_A_TIME,
    toleratedFailurePercentage: 100, // a child reports its failure, and the next run continues
    resultPath: sfn.JsonPath.DISCARD,
  }).itemProcessor(processor);
}

interface Invocation extends Pick<tasks.LambdaInvokeProps, 'comment' | 'resultSelector' | 'resultPath' | 'outputPath'> {
  readonly payload: Record<string, unknown>;
}

/** Calls a function. Throttling lasts as long as other functions use the concurrency of the account, so its retries take minutes. */
function invoke(scope: Construct, id: string, lambdaFunction: lambda.Function, { payload, ...options }: Invocation): tasks.LambdaInvoke {
  const task = new tasks.LambdaInvoke(scope, id, {
    lambdaFunction,
    payload: sfn.TaskInput.fromObject(payload),
    taskTimeout: TASK_TIMEOUT,
    retryOnServiceExceptions: true,
    ...options,
  });
  const common = { backoffRate: 2, jitterStrategy: sfn.JitterType.FULL };
  task.addRetry({
    errors: ['Lambda.TooManyRequestsException'], interval: Duration.seconds(5), maxAttempts: 8, maxDelay: Duration.minutes(5), ...common,
  });
  task.addRetry({ errors: [sfn.Errors.ALL], interval: Duration.seconds(30), maxAttempts: STEP_RETRIES, ...common });
  return task;
}
