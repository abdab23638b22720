import { DescribeReplicationBackfillResultsCommand, StartReplicationBackfillCommand } from '@aws-sdk/client-ecr';
import type { ReplicationJob } from './replication-job';
import { ReplicationDestination, uniqueDestinations } from '../../src/core/registry-rules/replication-rules';
import { sendToEcr } from '../shared/aws/send-command';
import { isAccessDenied, isNamed, toSentence } from '../shared/protocol/errors';

/** Statuses with which a backfill has ended. */
const ENDED = ['COMPLETE', 'FAILED', 'STOPPED'];
const PAUSE = 15_000;
/** For attempts of the SDK. If the time of the function ran out, the deployment would fail, and a rollback would remove the rules. */
const MARGIN = 60_000;
/** A response has at most 4,096 bytes. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
const MAX_REPORT_LENGTH = 1_500;

const NOT_STARTED = 'not started, because other backfills run, or no time is left. Change \'trigger\' to start it later';

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
  // only the first denial can be that of a permission that has not taken effect yet
  let patience = job.patience;
  for (const destination of uniqueDestinations(job.properties.rules)) {
    const outcome = isTimeUp(job) ? NOT_STARTED : await backfillTo({ ...job, patience }, destination).catch(error => {
      if (job.signal.aborted) throw error;
      if (isAccessDenied(error)) patience = 0;
      return `failed: ${toSentence((error as Error).message)} The rules are in effect. Change 'trigger' to try again`;
    });
    const result = `${destination.region} of ${destination.registryId}: ${outcome}`;
    job.log(`backfill to ${result}`);
    results.push(result);
  }
  const report = results.join('; ');
  return report.length <= MAX_REPORT_LENGTH ? report : `${report.slice(0, MAX_REPORT_LENGTH)}… (the log has all)`;
}

async function backfillTo(job: ReplicationJob, destination: ReplicationDestination): Promise<string> {
  const replicationBackfillId = await start(job, destination);
  if (replicationBackfillId === undefined) return NOT_STARTED;
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
  return clock.now() + PAUSE + MARGIN > deadline;
}
