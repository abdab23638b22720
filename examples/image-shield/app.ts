// Keeps the images that run, however old they are. A shield finds the images that Amazon ECS and AWS Lambda use, and adds a keep tag to
// each of them. The first rule of each lifecycle policy keeps these tags. Released images expire 30 days after their push.
// The repositories are deleted with their images when the stack is deleted, so that you can try the example and remove it.
import { App, Duration, Stack } from 'aws-cdk-lib';
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { fleet, ImageUse, LifecyclePolicy, LifecycleRule, Repository, Teardown } from 'cdk-ecr-keeper';

const app = new App();
const stack = new Stack(app, 'ImageShield');

const shield = new fleet.ImageShield(stack, 'Shield', {
  repositories: fleet.RepositorySelection.prefixes('shielded/'),
  usedBy: [ImageUse.ecs({ newestTaskDefinitions: 3 }), ImageUse.lambdaFunctions()],
  keepAfterUse: Duration.days(14),
});

for (const name of ['web', 'worker']) {
  new Repository(stack, name, {
    repositoryName: `shielded/${name}`,
    lifecycle: LifecyclePolicy.fromRules([
      shield.keepRule,
      shield.releasedRule({ sincePush: Duration.days(30) }),
      LifecycleRule.keepNewest(50),
    ]),
    teardown: Teardown.deleteWithImages(),
  });
}

const topic = new Topic(stack, 'Team', { enforceSSL: true });
shield.onFinding('ToTheTeam', { target: new SnsTopic(topic) });
shield.metricUnprotectedImages().createAlarm(stack, 'Unprotected', {
  threshold: 1, evaluationPeriods: 1, treatMissingData: TreatMissingData.IGNORE,
});
shield.metricHoursSinceSuccess().createAlarm(stack, 'Overdue', {
  threshold: 24, evaluationPeriods: 2, treatMissingData: TreatMissingData.BREACHING,
});
