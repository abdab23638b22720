import { PolicyDocument } from '../../src/core/policy/document';
import type { Clock } from '../shared/protocol/job';
import type { LivePolicy } from '../shared/repository/policy-text';

/**
 * ECR has no conditional write, so that whoever writes a policy from an old reading undoes what was written in between. This bounds the time
 * from the beginning of a reading to the end of the writing that rests on it, in milliseconds.
 */
export const GAP = 2_000;

/**
 * What is in place counts only when it was read this long after the own last writing, in milliseconds. Whoever had read before that writing is
 * done within one GAP; one that brought the loss of it about, and was undone, within two. Proven for three writers (test/lambda/repository-policy/
 * interleavings.test.ts), who must keep the bound: one that writes later than that from an old reading still undoes what came in between.
 */
export const SETTLED = 2 * GAP;

/** Each round in which several writers meet settles one of them. */
const WRITES = 12;
/** How often in all ECR may be too slow, and how long it is left alone then. */
const SLOW = 30;
const PAUSE = 2_000;

/** What became of a writing: after all but the first it is tried again from a new reading; the last two were waited out already. */
export type Outcome = 'written' | 'given up' | 'perhaps written' | 'refused';

/** One policy, read and written in single attempts. */
export interface PolicyStore {
  /** @returns what was there at the moment of asking or later */
  read(): Promise<LivePolicy>;
  /** @param within milliseconds after which the attempt is given up */
  write(policy: PolicyDocument, within: number): Promise<Outcome>;
}

/** Somebody else never stops, or ECR is too slow to be written to in time. */
export class Unsettled extends Error {
  constructor(readonly why: 'another writer' | 'slow') {
    super(why);
  }
}

/**
 * Reads, changes and writes until what was wanted is there, and stays. What has to be waited for is waited for between two readings, never with
 * a document in hand.
 *
 * @param change what the policy should be; undefined where it is as wanted, 'nothing' where nothing will ever be
 * @throws Unsettled
 */
export async function converge(store: PolicyStore, clock: Clock, change: (live: LivePolicy) => PolicyDocument | undefined | 'nothing'): Promise<void> {
  let written = clock.now(); // by a function that was cut off, for all that is known
  for (let writes = 0, slow = 0; ;) {
    const read = clock.now();
    const wanted = change(await store.read());
    if (wanted === 'nothing') return;
    if (wanted === undefined) {
      const left = written + SETTLED - read;
      if (left <= 0) return;
      await clock.sleep(left);
      continue;
    }
    const within = read + GAP - clock.now();
    if (writes === WRITES) throw new Unsettled('another writer');
    const outcome = within <= 0 ? 'slow' : await store.write(wanted, within);
    if (outcome === 'written') writes++;
    if (outcome === 'slow' || outcome === 'given up') {
      if (++slow === SLOW) throw new Unsettled('slow');
      await clock.sleep(PAUSE);
    }
    // after the pause: what was given up may land in it
    if (outcome !== 'slow' && outcome !== 'refused') written = clock.now();
  }
}
