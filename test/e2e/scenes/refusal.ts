import { strictEqual } from 'node:assert/strict';
import type { Outcome } from '../stacks';

/** What a person reads in the events of a stack whose teardown refused. */
export interface Refusal {
  /** The first line. */
  readonly because: string;
  /** Deletes the repository all the same, at the next delete. Empty where only the owner of the repository lifts it, as is `code`. */
  readonly lift: string;
  readonly code: string;
  /** Keeps everything: a command, or for a nested stack what to do to its parent. */
  readonly keep: string;
}

/** Reads the one refusal in a delete; everything a person needs must be in that one reason. */
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
  const isOwners = !lift && lines[0].includes('have its owner set it');
  if (!isOwners && (!lift || !code)) throw new Error(`no refusal: ${reason}`);
  return { because: lines[0], lift: lift ?? '', code: code?.[1] ?? '', keep: lines[lines.length - 1] };
}
