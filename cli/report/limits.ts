/**
 * Bounds on what AWS returns, so that no answer can fill the memory. They are far above the quotas that can be raised.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html
 */
export const MAX_REPOSITORIES = 500_000;
export const MAX_IMAGES = 500_000;

/** Images and tags of one repository. */
export const MAX_REPOSITORY = 2_000_000;

/** Images and tags that repositories in progress hold together, except one that is larger. */
export const MAX_HELD = 300_000;

/** Images in the timelines of a report. With more, the page becomes slow. */
export const SAMPLE_BUDGET = 200_000;

/** Images in the timeline of one repository. */
export const SAMPLE_LIMIT = 2_000;
