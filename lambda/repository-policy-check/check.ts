import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { CheckClients } from './clients';
import { emptyPolicy, sidOf } from '../../src/core/policy/document';
import { statementNormalForm } from '../../src/core/policy/normal-form';
import { merge, ownerSuffix } from '../../src/core/policy/ownership';
import { CHECK_EVENT, CHECK_METRIC, RepositoryPolicyCheck } from '../../src/core/wire/repository-policy-check';
import { metricLine } from '../shared/aws/metric-line';
import { sendCommand } from '../shared/aws/send-command';
import type { EcrTask } from '../shared/protocol/job';
import { stackName } from '../shared/protocol/stack';
import { LivePolicy, readRepositoryPolicy } from '../shared/repository/policy-text';
import { repositoryName } from '../shared/repository/repository';

/** Reports which of the statements are missing or changed. Does not repair them, because one may have been removed on purpose. */
export async function check(task: EcrTask, clients: CheckClients, expected: RepositoryPolicyCheck): Promise<void> {
  const { repositoryArn, stackId } = expected;
  const name = repositoryName(repositoryArn);
  const missing = missingSids(await readRepositoryPolicy(task, name), expected);
  const dimensions = { RepositoryName: name, StackName: stackName(stackId) };
  task.log(metricLine(task.clock.now(), CHECK_METRIC.namespace, dimensions, [{ name: CHECK_METRIC.name, value: missing.length }]));
  if (missing.length === 0) return;
  task.log(`repository '${name}': missing or changed statements of this stack: ${missing.join(', ')}.`
    + ' To write them again, deploy with another \'trigger\'.');
  const entry = {
    Source: CHECK_EVENT.source,
    DetailType: CHECK_EVENT.detailType,
    Resources: [repositoryArn],
    Detail: JSON.stringify({ repositoryArn, repositoryName: name, stackId, missing }),
  };
  const answer = await sendCommand(task, clients.events(), PutEventsCommand, { Entries: [entry] });
  if (answer?.FailedEntryCount) {
    throw new Error(`EventBridge did not accept the event: ${answer.Entries?.[0]?.ErrorCode} ${answer.Entries?.[0]?.ErrorMessage}`);
  }
}

function missingSids(reading: LivePolicy, { statements, replaceExistingSids, stackId, logicalId }: RepositoryPolicyCheck): string[] {
  const live = typeof reading === 'string' ? emptyPolicy() : reading;
  const present = new Set(live.Statement.map(statementNormalForm));
  return merge(live, { statements, replaceExistingSids, suffix: ownerSuffix(stackId, logicalId) }).Statement
    .filter(statement => !present.has(statementNormalForm(statement)))
    .map(statement => sidOf(statement) ?? '');
}
