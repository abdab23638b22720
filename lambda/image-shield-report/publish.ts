import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE, Finding, FINDING_DETAIL_TYPE, selectFindings } from '../../src/core/shield/findings';
import { sendCommand } from '../shared/aws/send-command';
import type { Task } from '../shared/protocol/job';

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const ENTRIES_AT_ONCE = 10;
/** An entry has at most 256 KB, a message of AWS far fewer. Longer messages are cut. */
const MAX_MESSAGE = 2_000;
/** Further findings are in the results of the run. */
const MAX_EVENTS = 1_000;

/** Sends each finding as an event. */
export async function publishFindings(
  task: Task, events: () => EventBridgeClient, run: { readonly shield: string; readonly run: string; readonly bucket: string },
  findings: readonly Finding[],
): Promise<void> {
  const published = selectFindings(findings, MAX_EVENTS);
  for (let from = 0; from < published.length; from += ENTRIES_AT_ONCE) {
    const Entries = published.slice(from, from + ENTRIES_AT_ONCE).map(finding => ({
      Source: EVENT_SOURCE,
      DetailType: FINDING_DETAIL_TYPE,
      Detail: JSON.stringify({ ...run, ...finding, message: finding.message.slice(0, MAX_MESSAGE) }),
    }));
    const answer = await sendCommand(task, events(), PutEventsCommand, { Entries });
    const failed = answer?.Entries?.find(({ ErrorCode }) => ErrorCode !== undefined);
    if (failed) throw new Error(`EventBridge did not accept a finding: ${failed.ErrorCode} ${failed.ErrorMessage}`);
  }
}
