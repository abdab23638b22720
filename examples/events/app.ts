// Sends pushes, findings, and refusals to a topic, and alarms if nobody pulls an image for a day. Amazon ECR, Amazon Inspector, and AWS
// CloudFormation send these events themselves, so no function and no trail is needed.
// The topic and the rule for refusals are in a stack of their own, which stays when the stack with the repository is deleted.
import { App, Duration, Stack } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { FindingSeverity, fleet, Repository, Teardown } from 'cdk-ecr-keeper';

const app = new App();
const monitoring = new Stack(app, 'Monitoring');
const target = new SnsTopic(new Topic(monitoring, 'Team', { enforceSSL: true }));
new fleet.RefusalRule(monitoring, 'Refusals', { targets: [target] });

const stack = new Stack(app, 'Shop');
const repository = new Repository(stack, 'App', {
  repositoryName: 'shop/events',
  teardown: Teardown.deleteWithImages({ maxImages: 100 }),
});
repository.onPush('Push', { target, imageTags: ['release-*'] });
repository.onFinding('Finding', { target, minimumSeverity: FindingSeverity.CRITICAL });
repository.metricPullCount({ period: Duration.days(1) }).createAlarm(stack, 'Unused', {
  threshold: 1,
  evaluationPeriods: 1,
  comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
  treatMissingData: TreatMissingData.BREACHING,
});
