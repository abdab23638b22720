// The event rules of deployed stacks match these words in the reasons of failed resources, so a change breaks them.

/** Begins the reasons of every refused teardown, after the subject. */
export function refusedTeardown(isPlural: boolean, outcome: 'deleted' | 'emptied'): string {
  return `${isPlural ? 'were' : 'was'} not ${outcome}: `;
}

/** Is in the message of every lifecycle guard that refuses. */
export const REFUSED_BY_GUARD = 'the lifecycle policy was refused by its guard';
