/**
 * Notes that explain the figures of every such report, without the period at their end. Other notes are about one run, and the page shows
 * them first.
 */
export const GENERAL_NOTES = {
  publicRegistry: 'ECR Public records no pull times and has no lifecycle policies, so the report cannot say which of its images are unused',
  noFindings: 'ECR returned no scan findings with the images. It returns those of basic scanning only, not those of Amazon Inspector',
  pullTimes: 'A scanner or a copy also sets the pull time of an image. To exclude a role, use aws ecr register-pull-time-update-exclusion',
  indexInUse: 'An image index in use protects its platform images in ECR. The report does not read which images these are, so it counts'
    + ' only the index',
  kept: 'A repository counts as kept if its tags name a stack that the report did not find in these Regions and this account, or that no'
    + ' longer has it',
} as const;

/** How the notes begin that say how many images the timelines show. */
export const TIMELINES = 'The timelines';

export function isGeneralNote(note: string): boolean {
  return [...Object.values(GENERAL_NOTES), TIMELINES].some(beginning => note.startsWith(beginning));
}
