/**
 * ECR has no conditional write, so a writer that starts from an old reading undoes what was written in between. This bounds the time from
 * the start of a reading to the end of the write that is based on it, in milliseconds.
 * docs/decisions/0013-written-within-two-seconds-verified-after-four.md
 */
export const GAP = 2_000;

/**
 * What was written counts as final only when it was read this long after the last own write, in milliseconds. A writer that had read before
 * that write is done within one GAP; one that caused its loss, and was undone, within two. The tests go through every interleaving of three
 * writers who keep the bound; one that writes later than that from an old reading still undoes what was written in between.
 */
export const SETTLING_TIME = 2 * GAP;
