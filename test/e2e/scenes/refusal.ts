import { strictEqual } from 'node:assert/strict';
import type { Outcome } from '../stacks';

/** The text in the events of a stack whose teardown refused. */
export interface Refusal {
  /** The first line. */
  readonly because: string;
  /** Command that lets the next delete proceed. Empty, like `code`, if only the owner of the repository can lift the refusal. */
  readonly lift: string;
  readonly code: string;
  /** Command that does the same without the function. Empty if there is none. */
  readonly manual: string;
  /** Command that keeps everything, or, for a nested stack, the instruction for its parent. */
  readonly keep: string;
}

/** Reads the only refusal in a delete. Its reason must contain everything that a user needs. */
export function refusalOf({ status, events }: Outcome, type = 'Custom::EcrTeardown'): Refusal {
  strictEqual(status, 'DELETE_FAILED');
  const failed = events.filter(event => event.status === 'DELETE_FAILED' && event.type === type);
  strictEqual(failed.length, 1, `one refusal, got: ${failed.map(({ reason }) => reason).join('\n')}`);
  return refusalIn(failed[0].reason!);
}

export function refusalIn(reason: string): Refusal {
  const lines = reason.split('\n');
  const lift = lines.find(line => /^aws ecr(-public)? tag-resource /.test(line));
  const code = /Key=cdk-ecr-keeper:teardown,Value=([0-9a-f]{12}(?:\.[0-9a-f]{12})*)$/.exec(lift ?? '');
  const isOwners = !lift && lines[0].includes('Ask the owner of the repository');
  if (!isOwners && (!lift || !code)) throw new Error(`no refusal: ${reason}`);
  const manual = lines.find(line => /^aws ecr(-public)? delete-repository /.test(line)) ?? '';
  return { because: lines[0], lift: lift ?? '', code: code?.[1] ?? '', manual, keep: lines[lines.length - 1] };
}
