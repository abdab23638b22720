/** Returns what a problem says without its reason, such as `Amazon ECS in us-east-1 could not be searched`. */
export function withoutReason(problem: string): string {
  return problem.split(': ', 1)[0];
}

/** Returns the sentence that says which IAM actions these problems call for; empty if their reasons are others. */
export function missingActions(problems: readonly string[]): string {
  const actions = new Set(problems.flatMap(problem => /: access denied to ([\w-]+:\w+)/.exec(problem)?.[1] ?? []));
  return actions.size === 0 ? '' : `. Allow ${[...actions].sort().join(', ')}.`;
}
