import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as schedulerTargets from 'aws-cdk-lib/aws-scheduler-targets';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { planOf } from './searched-environments';
import { selectionOf } from './selected-repositories';
import { createShieldFunctions, ShieldFunctions } from './shield-functions';
import { searchedClusters, searchesEcs } from './shield-permissions';
import { reachOf, ShieldPlan } from './shield-problems';
import { createEventMachine, createRunMachine } from './state-machines';
import type { ShieldSettings } from '../../core/shield/settings';

/** Days for which the inputs and results of a run are kept. */
const RUN_DAYS = 30;

/** A run or an event that could not be delivered for an hour is left to the next run. */
const DELIVERY = { maxEventAge: Duration.hours(1), retryAttempts: 3 };

interface ShieldResources {
  readonly bucket: s3.IBucket;
  readonly stateMachine: sfn.StateMachine;
}

/** Creates the bucket, the functions, the state machines, and what starts them. */
export function createShield(scope: Construct, plan: ShieldPlan & { readonly name: string }): ShieldResources {
  const { name, tagPrefix, keepAfterUse, selected, users, environments, every, repositoryMetrics, ignoredRegistries } = plan;
  const bucket = createBucket(scope);
  const search = planOf(scope, environments, users);
  const { organization } = search;
  const settings: ShieldSettings = {
    shield: name,
    bucket: bucket.bucketName,
    tagPrefix,
    keepAfterUse: keepAfterUse.toSeconds(),
    selection: selectionOf(selected),
    ...organization && { organization: { regions: organization.regions, excludedAccounts: organization.excludedAccounts } },
    ...repositoryMetrics && { repositoryMetrics },
    ...ignoredRegistries.length > 0 && { ignoredRegistries },
  };
  const functions = createShieldFunctions(scope, { bucket, users, environments, reach: reachOf(scope, plan) });
  const run = new Construct(scope, 'Run');
  const stateMachine = createRunMachine(run, { functions, bucket, settings, search });
  const role = scheduleRole(scope);
  const schedule = new scheduler.Schedule(scope, 'Schedule', {
    description: `Runs the image shield ${name} of cdk-ecr-keeper`,
    schedule: scheduler.ScheduleExpression.rate(every),
    target: new schedulerTargets.StepFunctionsStartExecution(stateMachine, {
      role, input: scheduler.ScheduleTargetInput.fromObject({}), ...DELIVERY,
    }),
  });
  schedule.node.addDependency(role, run, ...functions.permissions); // the first run may begin at once
  if (searchesEcs(users)) protectFromEvents(scope, plan, functions, settings);
  return { bucket, stateMachine };
}

/** The state can be rebuilt from the tags, so that neither versions nor the bucket itself are kept. */
function createBucket(scope: Construct): s3.Bucket {
  return new s3.Bucket(scope, 'StateBucket', {
    encryption: s3.BucketEncryption.S3_MANAGED,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    lifecycleRules: [
      { id: 'DeleteRuns', prefix: 'runs/', expiration: Duration.days(RUN_DAYS) },
      { id: 'AbortIncompleteUploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
    ],
    removalPolicy: RemovalPolicy.DESTROY,
    autoDeleteObjects: true,
  });
}

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html */
function scheduleRole(scope: Construct): iam.Role {
  const stack = Stack.of(scope);
  return new iam.Role(scope, 'ScheduleRole', {
    assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
      conditions: {
        StringEquals: {
          'aws:SourceAccount': stack.account,
          'aws:SourceArn': stack.formatArn({ service: 'scheduler', resource: 'schedule-group', resourceName: 'default' }),
        },
      },
    }),
  });
}

/** Without the PENDING events, the image of a task that starts slowly would not be protected while it starts. */
function protectFromEvents(scope: Construct, { users }: ShieldPlan, functions: ShieldFunctions, settings: ShieldSettings): void {
  const construct = new Construct(scope, 'Events');
  const machine = new Construct(construct, 'Run');
  const stateMachine = createEventMachine(machine, functions.protect, settings);
  const clusters = searchedClusters(scope, users);
  const { partition, account, region } = Stack.of(scope);
  const services = (cluster: string) => `arn:${partition}:ecs:${region}:${account}:service/${cluster}/`;
  const add = (id: string, description: string, eventPattern: events.EventPattern) => {
    const rule = new events.Rule(construct, id, { description, eventPattern: { source: ['aws.ecs'], ...eventPattern } });
    rule.addTarget(new targets.SfnStateMachine(stateMachine, DELIVERY));
    rule.node.addDependency(machine, ...functions.permissions);
  };
  add('Tasks', 'Protects the images of ECS tasks that start', {
    detailType: ['ECS Task State Change'],
    detail: {
      lastStatus: ['PENDING', 'RUNNING'],
      desiredStatus: ['RUNNING'],
      ...clusters && { clusterArn: clusters.map(({ arn }) => arn) },
    },
  });
  add('Deployments', 'Protects the images of ECS deployments that start', {
    detailType: ['ECS Deployment State Change'],
    detail: { eventName: ['SERVICE_DEPLOYMENT_IN_PROGRESS'] },
    // a service whose ARN has the old format, without the cluster, is found by the next run
    ...clusters && { resources: clusters.flatMap(({ name }) => events.Match.prefix(services(name))) },
  });
}
