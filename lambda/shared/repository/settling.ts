/**
 * Longest time from the start of a read to the end of the write that is based on it, in milliseconds. ECR has no conditional write, so a
 * writer that starts from an old read undoes what others wrote in between.
 * docs/decisions/0013-written-within-two-seconds-verified-after-four.md
 */
export const GAP = 2_000;

/**
 * Time in milliseconds after the last own write, after which a read shows the final value. A writer that had read before that write has
 * finished within one GAP; a writer that caused its loss, and was undone, within two. The tests run every interleaving of three such
 * writers. A writer that writes later than that from an old read still undoes what others wrote in between.
 */
export const SETTLING_TIME = 2 * GAP;
