import { DescribeReplicationBackfillResultsCommand, StartReplicationBackfillCommand } from '@aws-sdk/client-ecr';
import type { ReplicationJob } from './replication-job';
import { ReplicationDestination, uniqueDestinations } from '../../src/core/registry-rules/replication-rules';
import { sendToEcr } from '../shared/aws/send-command';
import { isNamed, toSentence } from '../shared/protocol/errors';

/** Statuses with which a backfill has ended. */
const ENDED = ['COMPLETE', 'FAILED', 'STOPPED'];
const PAUSE = 15_000;

/** A destination Region can have one backfill at a time, and a registry 10. */
const BUSY = ['ReplicationBackfillInProgressException', 'LimitExceededException'];

/**
 * Replicates the images that exist already to each destination of the rules, one destination after the other. A failure is reported and
 * does not fail the request, because a rollback would remove the rules, which replicate the images that are pushed from now on.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication-backfill.html
 *
 * @returns the result for each destination
 */
export async function backfill(job: ReplicationJob): Promise<string> {
  const results = new Array<string>();
  for (const destination of uniqueDestinations(job.properties.rules)) {
    const result = `${destination.region} of ${destination.registryId}: ${await backfillTo(job, destination)}`;
    job.log(`backfill to ${result}`);
    results.push(result);
  }
  return results.join('; ');
}

async function backfillTo(job: ReplicationJob, destination: ReplicationDestination): Promise<string> {
  try {
    const replicationBackfillId = await start(job, destination);
    if (replicationBackfillId === undefined) return 'not started, because other backfills run. Change \'trigger\' to start it later';
    for (;;) {
      job.progress(`waiting for the backfill to ${destination.region}`);
      const answer = await sendToEcr(job, DescribeReplicationBackfillResultsCommand, { replicationBackfillId, maxResults: 1 });
      const { status = 'unknown', failureCode, progress } = answer ?? {};
      const { completedReplicationCount = 0, failedReplicationCount = 0, totalReplicationCount = 0, failureCodes = [] } = progress ?? {};
      const codes = [...failureCode === undefined ? [] : [failureCode], ...failureCodes].join(', ');
      const result = `${status}${codes === '' ? '' : ` (${codes})`}${progress === undefined ? ''
        : `, ${completedReplicationCount} of ${totalReplicationCount} replicated, ${failedReplicationCount} failed`}`;
      if (ENDED.includes(status)) return result;
      if (isTimeUp(job)) return `${result}. Backfill ${replicationBackfillId} continues`;
      await job.clock.sleep(PAUSE);
    }
  } catch (error) {
    if (job.signal.aborted) throw error;
    return `failed: ${toSentence((error as Error).message)} The rules are in effect. Change 'trigger' to try again`;
  }
}

/** @returns the ID of the backfill; undefined if others did not end in time */
async function start(job: ReplicationJob, destination: ReplicationDestination): Promise<string | undefined> {
  for (;;) {
    job.progress(`starting the backfill to ${destination.region}`);
    try {
      return (await sendToEcr(job, StartReplicationBackfillCommand, { destination }))?.replicationBackfillId;
    } catch (error) {
      if (!isNamed(error, ...BUSY)) throw error;
      if (isTimeUp(job)) return undefined;
      await job.clock.sleep(PAUSE);
    }
  }
}

function isTimeUp({ clock, deadline }: ReplicationJob): boolean {
  return clock.now() + PAUSE > deadline;
}
