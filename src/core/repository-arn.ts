export interface RepositoryArn {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly repositoryName: string;
}

/** Parses the ARN of a private repository. Returns undefined for any other text. */
export function parseRepositoryArn(arn: string): RepositoryArn | undefined {
  const match = /^arn:([^:]+):ecr:([^:]+):([^:]+):repository\/(.+)$/.exec(arn);
  return match ? { partition: match[1], region: match[2], account: match[3], repositoryName: match[4] } : undefined;
}
