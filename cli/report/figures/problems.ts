/** Returns what a problem says without its reason, such as `Amazon ECS in us-east-1 could not be searched`. */
export function withoutReason(problem: string): string {
  return problem.split(': ', 1)[0];
}
